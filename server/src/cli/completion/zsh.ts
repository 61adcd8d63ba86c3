import type { CommandGrammar, Value } from './grammar.ts';

/** Completion for zsh, with the descriptions of commands and options. */
export function zshScript(commands: readonly CommandGrammar[]): string {
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      value === null ? [] : [`    ${flags.map((flag) => quoted(`${path} ${flag}`)).join('|')}) ${offer(value)} ;;`],
    ),
  );
  const options = commands.map(({ path, options: own }) => {
    const words = own.flatMap(({ flags, description }) => flags.map((flag) => described(flag, description)));
    return `          ${quoted(path)}) offered=(${words.join(' ')}) ;;`;
  });
  const rest = commands.flatMap(({ path, commands: below, argument }) => {
    const words = below.map(({ word, description }) => described(word, description));
    if (words.length > 0) return [`          ${quoted(path)}) offered=(${words.join(' ')}) ;;`];
    return argument === null ? [] : [`          ${quoted(path)}) ${offer(argument)} ;;`];
  });
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]));
  return `#compdef berth
# Completion of berth for zsh. In ~/.zshrc, after compinit:  eval "$(berth completion zsh)"
_berth() {
  local at= files= cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} word
  local -a offered
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at\${at:+ }$word" in
      ${paths.join('|')}) at="$at\${at:+ }$word" ;;
    esac
  done
  if [[ $cur == --*=* ]]; then
    prev=\${cur%%=*}
    cur=\${cur#*=}
    compset -P '*='
  fi
  case "$at $prev" in
${values.join('\n')}
    *)
      case $cur in
        -*) case $at in
${options.join('\n')}
        esac ;;
        *) case $at in
${rest.join('\n')}
        esac ;;
      esac ;;
  esac
  if [[ -n $files ]]; then
    _files -g "$files"
  elif (( $#offered )); then
    _describe berth offered
  fi
}
if [[ $funcstack[1] == _berth ]]; then _berth "$@"; else compdef _berth berth; fi
`;
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `offered=(${value.words.map(quoted).join(' ')})`;
    case 'list':
      return `compset -P '*,'; offered=(${value.words.map(quoted).join(' ')})`;
    case 'files': {
      const endings = value.endings.join('|');
      return `files=${quoted(value.endings.length === 1 ? `*${endings}` : `*(${endings})`)}`;
    }
    case 'free':
      return 'return 1';
  }
}

function described(word: string, description: string): string {
  return quoted(`${word}:${description.replaceAll(':', '\\:')}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
