#!/usr/bin/env node
/** The command `berth`: everything the editor can do, without one. */
import { Argument, Command, CommanderError, Option } from 'commander';
import { Targets } from '../deploy/registry.ts';
import { EXPORTS } from '../baechi/export/formats.ts';
import { LEVERS } from '../faro/control/ablation.ts';
import { FORECAST_MODELS } from '../faro/forecast/job-model.ts';
import { MOST_SEEDS } from '../preview/replay.ts';
import { OBJECTIVE_DEFINITIONS } from '../faro/allocation/objectives.ts';
import { POLICY_REGISTRY } from '../faro/control/policies.ts';
import {
  OBJECTIVES,
  POLICIES,
  SHEDDINGS,
  TARGETS,
  type Objective,
  type Policy,
  type Shedding,
  type Target,
} from '../spec/types.ts';
import { atLeastOne, moment, outputFile, positiveNumber, targetArgument, wholeNumber } from './argument-values.ts';
import { choiceHelp } from './text/choice-help.ts';
import { agent, AGENT_ACTIONS, type AgentAction } from './commands/agent.ts';
import { apply } from './commands/apply.ts';
import { completion, SHELLS, type Shell } from './commands/completion.ts';
import { evaluateForecast, train, type EvaluateOptions, type TrainOptions } from './commands/forecast.ts';
import { exportPlacement, type ExportOptions } from './commands/export.ts';
import { importDeviceMap, type ImportOptions } from './commands/import.ts';
import { importResources, type ImportKubernetesOptions } from './commands/import-kubernetes.ts';
import { experiment, EXPERIMENT_ENDINGS, type ExperimentOptions } from './commands/experiment.ts';
import { cancel, logs, remove, rollback, status, watch, type LogsOptions } from './commands/live.ts';
import { plan } from './commands/plan.ts';
import { profile, PROFILE_BY, PROFILE_WAYS, type ProfileOptions } from './commands/profile.ts';
import { preview, PREVIEW_FORMATS, type PreviewOptions } from './commands/preview.ts';
import { schema } from './commands/schema.ts';
import { simulate } from './commands/simulate.ts';
import { inspectTrace, type InspectOptions } from './commands/trace.ts';
import { validate, VALIDATE_FORMATS, type ValidateFormat } from './commands/validate.ts';
import { EXIT } from './exit-code.ts';
import { commaSeparated, listOf, ListOption } from './list-option.ts';
import { FORMATS, Session, type Format } from './session.ts';
import { VERSION } from '../host/version.ts';
import { problemError } from '../spec/problems/problem-error.ts';

const session = new Session();

// A reader that has seen enough (`berth preview … | head`) is no error; an answer that could not be written is one.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  const detail = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
  session.format = 'text';
  process.exit(session.complain(problemError('BERTH1031', { path: 'standard output', detail })));
});
process.stderr.on('error', () => process.exit(EXIT.problems)); // nobody is left to be told

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = commands((run) => {
    exitCode = run;
  });
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const exitStatus = isAbort(error) ? EXIT.ok : session.complain(error);
    return session.interrupted ? EXIT.interrupted : exitStatus;
  } finally {
    session.reader.dispose();
  }
}

/** Ctrl-C has ended it: nothing more is to be said. */
function isAbort(error: unknown): boolean {
  return session.interrupted && error instanceof Error && error.name === 'AbortError';
}

function commands(done: (exitCode: number) => void): Command {
  const program = new Command('berth')
    .description('ML deployment specs: check them, see what they would do, make them real.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('Run it with --help to see what it takes.')
    .configureHelp({ sortSubcommands: false })
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 problems, 2 the command line is wrong, 130 interrupted.\nDocumentation: docs/cli.md',
    );
  const format = new Option('--format <format>', 'how to write the answer').choices(FORMATS).default('text');
  const document = new Option('--document <name>', 'only the document of this name');
  const yes = new Option('-y, --yes', 'do not ask before applying').default(false);
  const takeOver = new Option('--take-over', 'take over what another file deployed').default(false);
  const target = new Option(
    '--target <target>',
    'where to look for a name: local, or ray=<address of the dashboard>; a file says it itself',
  )
    .choices(TARGETS)
    .argParser(targetArgument)
    .default(TARGETS[0]);
  const targets = new Targets();
  const policies = choiceHelp('Policies', POLICY_REGISTRY, session.width);
  const objectives = choiceHelp('Objectives', OBJECTIVE_DEFINITIONS, session.width);
  const run = async (chosen: Format, action: () => Promise<number> | number): Promise<void> => {
    session.format = chosen;
    done(await action());
  };

  program
    .command('validate')
    .description('check spec and graph files, or all of them below a folder')
    .argument('<paths...>')
    .addOption(new Option('--format <format>', 'how to write the answer').choices(VALIDATE_FORMATS).default('text'))
    .action((paths: string[], options: { format: ValidateFormat }) =>
      run(options.format === 'json' ? 'json' : 'text', () => validate(session, paths, options.format)),
    );

  program
    .command('preview')
    .description('show what a file would do')
    .argument('<file>')
    .addOption(new Option('--format <format>', 'how to write the answer').choices(PREVIEW_FORMATS).default('text'))
    .addOption(document)
    .option('--quick', 'leave out the replay of traces and slow comparisons', false)
    .option('--seeds <n>', `seeds that policies are compared on, at most ${MOST_SEEDS}`, wholeNumber, 1)
    .action((file: string, options: PreviewOptions) =>
      run(options.format === 'json' ? 'json' : 'text', () => preview(session, file, options)),
    );

  program
    .command('simulate')
    .description('replay the trace of an InferenceCluster under a policy')
    .addHelpText('after', policies)
    .addHelpText('after', objectives)
    .argument('<file>')
    .addOption(format)
    .addOption(document)
    .addOption(new Option('--policy <policy>', "who decides on replicas; the spec's own by default").choices(POLICIES))
    .addOption(
      new Option('--objective <objective>', "what faro and static maximise; the spec's own by default").choices(
        OBJECTIVES,
      ),
    )
    .addOption(
      new Option('--shedding <shedding>', "what berth turns away; the spec's own by default").choices(SHEDDINGS),
    )
    .option('--capacity <replicas>', "replicas (or cpu) of the cluster; the spec's own by default", positiveNumber)
    .option('--seed <n>', 'seed of arrivals and service times', wholeNumber, 42)
    .action(
      (
        file: string,
        options: {
          format: Format;
          document?: string;
          policy?: Policy;
          objective?: Objective;
          shedding?: Shedding;
          capacity?: number;
          seed: number;
        },
      ) => run(options.format, () => simulate(session, file, options)),
    );

  const timezone = new Option('--timezone <zone>', 'of times that name none: Europe/Berlin, +05:30');
  const forecast = program.command('forecast').description('forecasts of traffic, learnt from past days');
  forecast
    .command('train')
    .summary('learn a forecast from past days')
    .description('learn a forecast from a history: CSV, a column of requests a minute for each job')
    .argument('<history.csv>')
    .requiredOption('-o, --out <file>', 'where to write it, by custom NAME.forecast.json')
    .addOption(new Option('--model <model>', 'what to learn').choices(FORECAST_MODELS).default('seasonal'))
    .option('--columns <names>', 'the jobs, separated by commas; all columns of counts by default', commaSeparated)
    .addOption(timezone)
    .option('--day <minutes>', "minutes of a day; by default what the history's column day says, else 1440", atLeastOne)
    .option('--horizon <minutes>', 'how far ahead it learns to see', atLeastOne, 10)
    .option('--context <minutes>', 'how far back a network looks', atLeastOne, 15)
    .option('--width <neurons>', "in each of a network's hidden layers", atLeastOne, 64)
    .option('--seed <n>', 'seed of what is random in training', wholeNumber, 42)
    .addOption(format)
    .action((history: string, options: TrainOptions & { format: Format }) =>
      run(options.format, () => train(session, history, options)),
    );
  forecast
    .command('evaluate')
    .summary('compare it with a trace it has not seen')
    .description('compare a forecast with a trace that it has not seen')
    .argument('<file>')
    .argument('<trace.csv>')
    .addOption(timezone)
    .option('--horizon <minutes>', 'how far ahead; by default 7, or what the forecast has', atLeastOne)
    .option('--context <minutes>', 'minutes of the trace before the first forecast', wholeNumber, 15)
    .addOption(format)
    .action((file: string, trace: string, options: EvaluateOptions & { format: Format }) =>
      run(options.format, () => evaluateForecast(session, file, trace, options)),
    );

  const trace = program.command('trace').description('traces: recorded traffic, as specs and forecasts read it');
  trace
    .command('inspect')
    .summary('show what is understood of a trace')
    .description('show what is understood of a trace: its times, its columns minute by minute, what is odd about it')
    .argument('<trace.csv>')
    .addOption(timezone)
    .addOption(format)
    .action((file: string, options: InspectOptions & { format: Format }) =>
      run(options.format, () => inspectTrace(session, file, options)),
    );

  program
    .command('experiment')
    .description(
      'compare policies on the trace of an InferenceCluster, over capacities and seeds; or try a TrainingPlacement with other memory and times',
    )
    .addHelpText('after', policies)
    .addHelpText('after', objectives)
    .argument('<file>')
    .addOption(format)
    .addOption(document)
    .addOption(
      new ListOption('--policies <policies>', 'who decides on replicas, separated by commas', POLICIES).default(
        POLICIES,
        POLICIES.join(','),
      ),
    )
    .addOption(
      new ListOption(
        '--objectives <objectives>',
        "what faro and static maximise; the spec's own by default",
        OBJECTIVES,
      ).default([]),
    )
    .addOption(
      new ListOption('--shedding <sheddings>', "what berth turns away; the spec's own by default", SHEDDINGS).default(
        [],
      ),
    )
    .addOption(
      new ListOption(
        '--without <parts>',
        `berth also without each of these parts, to see what they bring: ${LEVERS.join(', ')}, or all`,
        LEVERS,
        'all',
      ).default([]),
    )
    .option(
      '--capacities <replicas>',
      "replicas (or cpu) of the cluster; the spec's own by default",
      listOf(positiveNumber),
      [],
    )
    .addOption(
      new Option('--seeds <seeds>', 'seeds of arrivals and service times')
        .argParser(listOf(wholeNumber))
        .default([24, 32, 40, 42, 62], '24,32,40,42,62'),
    )
    .option('--jobs <threads>', 'simulations at a time; one for each core by default', atLeastOne)
    .option(
      '-o, --output <file>',
      `write the result to a file, as its name says (${EXPERIMENT_ENDINGS.map((ending) => `.${ending}`).join(', ')}); may be given several times`,
      outputFile,
      [],
    )
    .action((file: string, options: ExperimentOptions & { format: Format }) =>
      run(options.format, () => experiment(session, file, options)),
    );

  program
    .command('profile')
    .summary('measure a PyTorch module')
    .description('measure a PyTorch module, step by step, and write its graph; or measure devices')
    .argument('[module]', 'file.py, file.py:NAME or package.module:NAME')
    .option('--batch <shapes...>', 'inputs of random numbers: 8x3x224x224, ids=2x128:int64:30000', [])
    .option('--inputs <function>', 'file.py:NAME of a function that returns the inputs')
    .option('-o, --out <file>', 'where to write the graph, by custom NAME.graph.json')
    .addOption(new Option('--by <what>', 'what a node is').choices(PROFILE_BY).default('op'))
    .option('--device <device>', 'cpu, cuda, cuda:1; meta needs no memory and estimates', 'cpu')
    .option('--inference', 'only the forward half', false)
    .addOption(new Option('--way <way>', 'how to trace; by default the first that works').choices(PROFILE_WAYS))
    .option(
      '--keep-whole <classes>',
      'classes whose instances are one node each, separated by commas',
      commaSeparated,
      [],
    )
    .option('--warmup <n>', 'steps before the measured ones', wholeNumber, 2)
    .option('--repeat <n>', 'measured steps, of which the median counts', atLeastOne, 5)
    .option('--seed <n>', 'seed of weights and inputs', wholeNumber, 0)
    .option('--flops <n>', 'for estimates: operations a second', positiveNumber, 1e13)
    .option('--bandwidth <n>', 'for estimates: bytes of memory a second', positiveNumber, 1e12)
    .option('--python <path>', 'the Python that has PyTorch; by default the active environment')
    .option('--devices', 'say what devices there are, and measure the links between them', false)
    .option('--check <graph>', 'only say whether a graph file is of the module as it is now')
    .addOption(format)
    .action((module: string | undefined, options: ProfileOptions & { format: Format }) =>
      run(options.format, () => profile(session, module, options)),
    );

  program
    .command('export')
    .summary('write a placement for another tool')
    .description('write the placement of a TrainingPlacement in the form of another tool')
    .addHelpText('after', choiceHelp('Forms', EXPORTS, session.width))
    .argument('<file>')
    .addOption(new Option('--to <form>', 'whose form').choices(EXPORTS.map(({ name }) => name)).makeOptionMandatory())
    .addOption(document)
    .option('-o, --out <file>', 'where to write it; standard output by default')
    .addOption(format)
    .action((file: string, options: ExportOptions & { format: Format }) =>
      run(options.format, () => exportPlacement(session, file, options)),
    );

  const imports = program.command('import').description('read what other tools made');

  imports
    .command('kubernetes')
    .summary('make a spec of a RayService or a Deployment')
    .description('make an InferenceCluster of each RayService and Deployment, and say what is lost and to be filled in')
    .argument('<resources.yaml>')
    .option('-o, --out <file>', 'where to write it; standard output by default')
    .addOption(format)
    .action((file: string, options: ImportKubernetesOptions & { format: Format }) =>
      run(options.format, () => importResources(session, file, options)),
    );

  imports
    .command('device_map')
    .summary('judge a device_map of accelerate')
    .description('judge a device_map: what a step takes, what each device needs, what to move and what that gains')
    .argument('<map.json>')
    .requiredOption('--graph <file>', 'the graph of the module, as berth profile writes it')
    .requiredOption('--memory <sizes>', 'memory of each device that the map uses, separated by commas', commaSeparated)
    .option('--bandwidth <rate>', 'of the links between devices', '5.7GB/s')
    .option('--latency <duration>', 'of each transfer', '134us')
    .addOption(format)
    .action((file: string, options: ImportOptions & { format: Format }) =>
      run(options.format, () => importDeviceMap(session, file, options)),
    );

  program
    .command('plan')
    .description('show what applying a file would change')
    .argument('<file>')
    .addOption(format)
    .addOption(document)
    .addOption(takeOver)
    .option('--out <plan.json>', 'write the plan to a file, to be reviewed and applied later')
    .action((file: string, options: { format: Format; document?: string; out?: string; takeOver: boolean }) =>
      run(options.format, () => plan(session, targets, file, options)),
    );

  program
    .command('apply')
    .description('apply a spec file or a saved plan: shows the plan, asks once, makes it so')
    .argument('<file>')
    .addOption(format)
    .addOption(document)
    .addOption(takeOver)
    .addOption(yes)
    .action((file: string, options: { format: Format; document?: string; yes: boolean; takeOver: boolean }) =>
      run(options.format, () => apply(session, targets, file, options)),
    );

  program
    .command('status')
    .description('show what is live: everything, or what a file or a name means')
    .argument('[file-or-name]')
    .addOption(format)
    .addOption(target)
    .action((what: string | undefined, options: { format: Format; target: Target }) =>
      run(options.format, () => status(session, targets, what, options)),
    );

  program
    .command('watch')
    .description('follow the live state of a deployment')
    .argument('<file-or-name>')
    .addOption(format)
    .addOption(target)
    .action((what: string, options: { format: Format; target: Target }) =>
      run(options.format, () => watch(session, targets, what, options)),
    );

  program
    .command('logs')
    .description('show the last lines that a deployment wrote')
    .argument('<file-or-name>')
    .addOption(format)
    .addOption(target)
    .option('--tail <n>', 'how many lines', wholeNumber, 100)
    .option('--subject <name>', 'only the lines of one job, device, site or replica, e.g. search or search/0')
    .option(
      '--since <time>',
      'only lines from then on: a time as logs write it, or 10m for the last ten minutes',
      moment,
    )
    .option('--follow', 'go on with lines as they come, until Ctrl-C', false)
    .action((what: string, options: LogsOptions & { format: Format; target: Target }) =>
      run(options.format, () => logs(session, targets, what, options)),
    );

  program
    .command('cancel')
    .description('end the apply under way, whoever began it')
    .argument('<file-or-name>')
    .addOption(format)
    .addOption(target)
    .action((what: string, options: { format: Format; target: Target }) =>
      run(options.format, () => cancel(session, targets, what, options)),
    );

  program
    .command('rollback')
    .description('go back to an earlier revision, through a plan')
    .argument('<file-or-name>')
    .addOption(format)
    .addOption(yes)
    .addOption(target)
    .option('--to <revision>', 'the revision; by default the one before', wholeNumber)
    .action((what: string, options: { format: Format; target: Target; yes: boolean; to?: number }) =>
      run(options.format, () => rollback(session, targets, what, options)),
    );

  program
    .command('delete')
    .description('end a deployment and remove its state')
    .argument('<file-or-name>')
    .addOption(format)
    .addOption(yes)
    .addOption(target)
    .action((what: string, options: { format: Format; target: Target; yes: boolean }) =>
      run(options.format, () => remove(session, targets, what, options)),
    );

  program
    .command('schema')
    .description('print the JSON Schemas, for other tools')
    .argument('[kind]')
    .action((kind: string | undefined) => run('json', () => schema(session, kind)));

  program
    .command('completion')
    .description('print the script with which a shell completes commands, options and files')
    .addArgument(new Argument('<shell>', 'the shell that is to complete').choices(SHELLS))
    .action((shell: Shell) => run('text', () => completion(session, program, shell)));

  program
    .command('agent')
    .description('the daemon that keeps local deployments running')
    .addArgument(new Argument('[action]').choices(AGENT_ACTIONS).default('status'))
    .addOption(format)
    .action((action: AgentAction, options: { format: Format }) =>
      run(options.format, () => agent(session, targets, action)),
    );

  return program;
}
