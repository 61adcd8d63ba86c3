import type { CommandGrammar, Value } from './grammar.ts';

/** Completion for bash 3.2 and later, without the package bash-completion. */
export function bashScript(commands: readonly CommandGrammar[]): string {
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      value === null ? [] : [`    ${flags.map((flag) => `'${path} ${flag}'`).join(' | ')}) ${offer(value)} ;;`],
    ),
  );
  const options = commands.map(
    ({ path, options: own }) => `          '${path}') words='${own.flatMap(({ flags }) => flags).join(' ')}' ;;`,
  );
  const rest = commands.flatMap(({ path, commands: below, argument }) => {
    if (below.length > 0) return [`          '${path}') words='${below.map(({ word }) => word).join(' ')}' ;;`];
    return argument === null ? [] : [`          '${path}') ${offer(argument)} ;;`];
  });
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [`'${path}'`]));
  return `# Completion of berth for bash. In ~/.bashrc:  eval "$(berth completion bash)"
_berth() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at= words= list= endings= before= word file i
  COMPREPLY=()
  # bash takes --option=value apart at the sign.
  if [[ $cur == '=' ]]; then cur=; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case "$at\${at:+ }$word" in
      ${paths.join(' | ')}) at="$at\${at:+ }$word" ;;
    esac
  done
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
  if [[ -n $list && $cur == *,* ]]; then before=\${cur%,*},; fi
  if [[ -n $words ]]; then COMPREPLY=($(compgen -P "$before" -W "$words" -- "\${cur#"$before"}")); fi
  if [[ -n $endings ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do
      if [[ -d \${file/#\\~\\//$HOME/} || $file =~ ($endings)$ ]]; then COMPREPLY+=("$file"); fi
    done < <(compgen -f -- "$cur")
  fi
}
complete -F _berth berth
`;
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `words='${value.words.join(' ')}'`;
    case 'list':
      return `words='${value.words.join(' ')}' list=yes`;
    case 'files':
      return `endings='${value.endings.map((ending) => ending.replaceAll('.', '\\.')).join('|')}'`;
    case 'free':
      return 'return';
  }
}
