import type { CommandGrammar, Value } from './grammar.ts';

/** Completion for fish 3 and later, with the descriptions of commands and options. */
export function fishScript(commands: readonly CommandGrammar[]): string {
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]));
  const lines = commands.flatMap(({ path, commands: below, options, argument }) => {
    const start = `complete -c berth -n "__berth_at ${quoted(path)}"`;
    return [
      ...below.map(({ word, description }) => `${start} -a ${word} -d ${quoted(description)}`),
      ...options.map(({ flags, description, value }) => {
        const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
        return `${start} ${names.join(' ')}${value === null ? '' : ` -x${offer(value)}`} -d ${quoted(description)}`;
      }),
      ...(argument === null ? [] : [`${start}${offer(argument)}`]),
    ];
  });
  return `# Completion of berth for fish:  berth completion fish > ~/.config/fish/completions/berth.fish
function __berth_at -a wanted
    set -l at
    for word in (commandline -opc)[2..]
        switch (string join ' ' -- $at $word)
            case ${paths.join(' ')}
                set at $at $word
        end
    end
    test "$at" = "$wanted"
end
function __berth_token
    commandline -ct | string replace -r -- '^--[^=]*=' ''
end
function __berth_list
    set -l before (__berth_token | string match -r -- '.*,')
    for word in $argv
        echo "$before$word"
    end
end
function __berth_files -a endings
    complete -C "'' "(__berth_token) | string match -er -- "(?:/|$endings)(?:\\t|\\$)"
end
complete -c berth -f
${lines.join('\n')}
`;
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'words':
      return ` -a ${quoted(value.words.join(' '))}`;
    case 'list':
      return ` -a ${quoted(`(__berth_list ${value.words.join(' ')})`)}`;
    case 'files':
      return ` -a "(__berth_files '${value.endings.map((ending) => ending.replaceAll('.', '[.]')).join('|')}')"`;
    case 'free':
      return '';
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
