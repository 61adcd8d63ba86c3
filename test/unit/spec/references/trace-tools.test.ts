/** Tables as spreadsheets, consoles and load generators write them: read, or said not to be; never taken for something else in silence. */
import { expect, it } from 'vitest';
import { Trace } from '../../../../server/src/spec/references/trace.ts';

/** Minutes of a column, with what is said of them; or the flaw. */
function read(text: string, name: string): unknown {
  const trace = new Trace(text);
  const column = trace.column(name);
  if (!column.ok) return `${column.flaw.line}: ${column.flaw.detail}`;
  const { times } = trace;
  const notes = [...('step' in times ? times.notes : []), ...trace.notesOf(name), ...trace.remarks];
  return [...column.values, ...notes.map(({ line, detail }) => `${line}: ${detail}`)];
}

const rows = (count: number, row: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => row(i)).join('\n');

const TITLE = (line: number): string =>
  line === 2
    ? '2: the line above it is taken for a title, not for names'
    : `${line}: the ${line - 1} lines above it are taken for a title, not for names`;

it.each<[string, string, string, readonly unknown[]]>([
  ['Excel, German', 'Zeit;web;Rate\r\n29.03.2026 00:00;1.234;2,5\r\n29.03.2026 00:01;12;3\r\n', 'web', [1234, 12]],
  [
    'Excel, told what stands between',
    'sep=;\r\nZeit;web\r\n29.03.2026 00:00;1,5\r\n29.03.2026 00:01;2\r\n',
    'web',
    [1.5, 2],
  ],
  [
    'Excel, with a title and a total',
    'Report;;\r\n;;\r\nZeit;web;x\r\n00:00;12;1\r\n00:01;13;1\r\nSumme;25;2\r\n',
    'web',
    [12, 13, '6: it sums up other lines, and is left out', TITLE(3)],
  ],
  ['Excel, formulas for texts', 'time,a\n="0:00",="1"\n="0:01",="2"\n'.replace(/="0/g, '"0'), 'a', [1, 2]],
  ['LibreOffice', '"Datum","Uhrzeit","web"\n"2026-03-29","23:59:00","1"\n"2026-03-30","00:00:00","2"\n', 'web', [1, 2]],
  ['Google Sheets', 'Timestamp,web\n3/29/2026 0:00:00,1\n3/29/2026 0:01:00,2\n', 'web', [1, 2]],
  ['Numbers', 'Table 1\n\nTime;web\n00:00;1,5\n00:01;2\n', 'web', [1.5, 2, TITLE(3)]],
  ['a French spreadsheet', 'Date;Heure;web\n29/03/2026;00:00;1\n29/03/2026;00:01;2\n', 'web', [1, 2]],
  ['a Chinese one', '时间,请求\n2026年3月29日 00:00,1\n2026年3月29日 00:01,2\n', '请求', [1, 2]],
  ['R, write.csv', '"","time","a"\n"1","2026-03-29 00:00:00",1\n"2","2026-03-29 00:01:00",2\n', 'a', [1, 2]],
  ['pandas, its index', ',time,a\n0,2026-03-29 00:00:00,1\n1,2026-03-29 00:01:00,2\n', 'a', [1, 2]],
  [
    'pandas, times as index',
    'timestamp,a\n2026-03-29 00:00:00+00:00,1.0\n2026-03-29 00:01:00+00:00,2.0\n',
    'a',
    [1, 2],
  ],
  [
    'CloudWatch',
    'Timestamp,RequestCount\n2026-03-29T00:00:00.000Z,1\n2026-03-29T00:01:00.000Z,2\n',
    'RequestCount',
    [1, 2],
  ],
  [
    'CloudWatch Insights',
    'bin(1m),count(*)\n2026-03-29 00:00:00.000,5\n2026-03-29 00:01:00.000,6\n',
    'count(*)',
    [5, 6],
  ],
  [
    'Azure Monitor',
    '"Sum Requests for web"\n"Start: 3/29/2026 12:00:00 AM"\n\n"Time","web (Sum)"\n"3/29/2026 12:00:00 AM","12"\n"3/29/2026 12:01:00 AM","13"\n',
    'web (Sum)',
    [12, 13, TITLE(4)],
  ],
  [
    'Azure Log Analytics',
    'TimeGenerated [UTC],count_\n"3/29/2026, 12:00:00.000 AM",5\n"3/29/2026, 12:01:00.000 AM",6\n',
    'count_',
    [5, 6],
  ],
  [
    'Google Cloud Monitoring',
    'TimeSeries ID,web\nSun Mar 29 2026 00:00:00 GMT+0100 (Central European Standard Time),1\nSun Mar 29 2026 00:01:00 GMT+0100 (Central European Standard Time),2\n',
    'web',
    [1, 2],
  ],
  ['BigQuery', 'minute,n\n2026-03-29 00:00:00 UTC,1\n2026-03-29 00:01:00 UTC,2\n', 'n', [1, 2]],
  [
    'Kibana',
    '"@timestamp per minute","Count of records"\n"Mar 29, 2026 @ 00:00:00.000","1,234"\n"Mar 29, 2026 @ 00:01:00.000","1,235"\n',
    'Count of records',
    [1234, 1235],
  ],
  [
    'Kibana, of half minutes',
    '"@timestamp per 30 seconds",Count\n00:00:00,5\n00:00:30,6\n00:01:00,6\n00:01:30,6\n',
    'Count',
    [11, 12, '2: a line counts 30 seconds, and is added up to minutes'],
  ],
  [
    'InfluxDB, annotated',
    '#group,false,false,true,true,false,false\n#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double\n#default,_result,,,,,\n,result,table,_start,_stop,_time,_value\n,,0,2026-03-29T00:00:00Z,2026-03-29T00:02:00Z,2026-03-29T00:00:00Z,1\n,,0,2026-03-29T00:00:00Z,2026-03-29T00:02:00Z,2026-03-29T00:01:00Z,2\n',
    '_value',
    [1, 2],
  ],
  ['InfluxDB, plain', 'name,time,count\nhttp,1774742400000000000,1\nhttp,1774742460000000000,2\n', 'count', [1, 2]],
  ['Grafana', '"Time","{job=""web""}"\n1774742400000,1\n1774742460000,2\n', '{job="web"}', [1, 2]],
  [
    'Locust',
    `Timestamp,User Count,Type,Name,Requests/s,50%\n${rows(60, (i) => `${1774742400 + i},10,,Aggregated,2.0,${i === 0 ? 'N/A' : 3}`)}\n`,
    'Requests/s',
    [120, '2: a line counts a second, and is added up to minutes'],
  ],
  [
    'Locust, the running total',
    `Timestamp,Total Request Count\n${rows(60, (i) => `${1774742400 + i},${i}`)}\n`,
    'Total Request Count',
    [
      1770,
      '2: a line counts a second, and is added up to minutes',
      '1: "Total Request Count" never falls, as a running total does, and is taken for the requests of each line',
    ],
  ],
  [
    'Locust, its summary',
    'Type,Name,Request Count\nGET,/,120\nGET,/a,30\n',
    'Request Count',
    [120, 30, '2: its "Type" is not understood as a time, and each line is taken for a minute'],
  ],
  ['a log of durations', 'elapsed,a\n0:00:00,1\n0:01:00,2\n', 'a', [1, 2]],
  [
    'ISO durations',
    'elapsed,a\nPT0S,1\nPT1M,2\n',
    'a',
    [1, 2, '2: its "elapsed" is not understood as a time, and each line is taken for a minute'],
  ],
  [
    'weeks',
    'week,a\n2026-W13,1\n2026-W14,2\n',
    'a',
    [1, 2, '2: its "week" is not understood as a time, and each line is taken for a minute'],
  ],
  ['milliseconds behind a comma', 'time,a\n"2026-03-29 00:00:00,123",1\n"2026-03-29 00:01:00,123",2\n', 'a', [1, 2]],
  ['a title of one line', 'Requests of web\ntime,a\n0:00,1\n', 'a', [1, TITLE(2)]],
  [
    'a title in quotes, over two lines',
    '"Requests\nof web"\ntime,a\n0:00,1\n',
    'a',
    [1, '3: the line above it is taken for a title, not for names'],
  ],
])('%s is read', (_, text, column, expected) => {
  expect(read(text, column)).toEqual(expected);
});

it.each<[string, string, string, string]>([
  [
    'a cell without a value',
    'Time,a,b\n1774742400000,1,\n1774742460000,2,3\n',
    'b',
    '2: "" is not a count of requests',
  ],
  ['NA of R', 'time,a\n0:00,NA\n0:01,2\n', 'a', '2: "NA" is not a count of requests'],
  ['an error of Excel', 'time,a\n0:00,#N/A\n0:01,2\n', 'a', '2: "#N/A" is not a count of requests'],
  [
    'undefined',
    'Time,web\n2026-03-29T00:00:00Z,1\n2026-03-29T00:01:00Z,undefined\n',
    'web',
    '3: "undefined" is not a count of requests',
  ],
  [
    'a unit in the cells',
    '"Time","web"\n"2026-03-29 00:00:00","15 req/s"\n"2026-03-29 00:01:00","1.2 K req/s"\n',
    'web',
    '2: what stands there is not a count of requests',
  ],
  ['a negative in brackets', 'minute,a\n0,(12)\n1,2\n', 'a', '2: "(12)" is not a count of requests'],
  ['full-width digits', 'time,a\n00:00,1２\n00:01,2\n', 'a', '2: "1２" is not a count of requests'],
  [
    'R, row names without a header',
    '"time","a"\n"1","2026-03-29 00:00:00",1\n"2","2026-03-29 00:01:00",2\n',
    'a',
    '2: it has 3 cells, and the header has 2',
  ],
  [
    'two lines of names',
    'time,web,api\n,req/s,req/s\n0:00,1,2\n0:01,2,3\n',
    'web',
    '2: "req/s" is not a count of requests',
  ],
  ['pandas, two levels', 'time,web,web\n,count,mean\n0,1,2\n1,3,4\n', 'web', '1: two columns are called "web"'],
  [
    'several series one below another',
    'time,group,value\n2026-03-29T00:00:00Z,web,1\n2026-03-29T00:00:00Z,api,2\n',
    'value',
    '3: it has the same time as line 2',
  ],
  [
    'k6, a line for each sample',
    'metric_name,timestamp,metric_value\nhttp_reqs,1774742400,1.0\nhttp_req_duration,1774742400,12.1\n',
    'metric_value',
    '3: it has the same time as line 2',
  ],
  [
    'JMeter, a line for each request',
    'timeStamp,elapsed,label\n1774742400123,12,web\n1774742400456,13,web\n1774742400600,13,web\n1774742470456,13,web\n',
    'elapsed',
    '3: it comes 0.333 seconds after line 2, out of step with the other lines',
  ],
  [
    'Graphite, without names',
    'web,2026-03-29 00:00:00,12.0\nweb,2026-03-29 00:01:00,13.0\n',
    '12.0',
    '1: the header line with names is missing',
  ],
  [
    'psql',
    '      time      | count \n----------------+-------\n 2026-03-29 00:00 |     1\n 2026-03-29 00:01 |     2\n(2 rows)\n',
    'count',
    '2: it has 1 cell, and "count" is cell 2',
  ],
  [
    'Markdown',
    '| time | a |\n|------|---|\n| 00:00 | 1 |\n| 00:01 | 2 |\n',
    'a',
    '2: "---" is not a count of requests',
  ],
  ['a note below the table', 'time,a\n0:00,1\n0:01,2\n\nGenerated by X\n', 'a', '4: it is empty'],
  [
    'names once more',
    'time,a\n0:00,1\n0:01,2\ntime,a\n0:02,3\n',
    'a',
    '4: "time" is not read as a time, and those of other lines are',
  ],
  [
    'JSON, a line each',
    '{"time":"2026-03-29T00:00:00Z","a":1}\n{"time":"2026-03-29T00:01:00Z","a":2}\n',
    'a',
    '1: it begins as JSON, and does not go on as JSON',
  ],
])('%s is said', (_, text, column, flaw) => {
  expect(read(text, column)).toBe(flaw);
});

it.each([
  ['wrk', 'Running 30s test @ http://x\n  2 threads and 10 connections\nRequests/sec: 748868.53\n'],
  ['line protocol', 'http count=1 1774742400000000000\nhttp count=2 1774742460000000000\n'],
  ['blanks between cells', 'time    a\n00:00   1\n00:01   2\n'],
  ['apostrophes for quotes', "'time','a'\n'0:00','1'\n'0:01','2'\n"],
  ['percents', 'minute,a\n0,12%\n1,13%\n'],
  ['a page', '<table><tr><td>time</td></tr>\n<tr><td>0</td></tr></table>\n'],
])('%s is no table of numbers', (_, text) => {
  expect(new Trace(text).loads).toEqual([]);
});
