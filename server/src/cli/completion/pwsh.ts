import type { CommandGrammar, Value } from './grammar.ts';

/** Completion for PowerShell 7, with the descriptions of commands and options as tooltips. */
export function pwshScript(commands: readonly CommandGrammar[]): string {
  const values = commands.flatMap(({ path, options }) =>
    options.flatMap(({ flags, value }) =>
      value === null
        ? []
        : flags.map((flag) => `        ${quoted(`${path} ${flag}`)} { $isValue = $true; ${offer(value)} }`),
    ),
  );
  const options = commands.map(({ path, options: own }) => {
    const words = own.flatMap(({ flags, description }) => flags.map((flag) => described(flag, description)));
    return `            ${quoted(path)} { $offered = @(${words.join(', ')}) }`;
  });
  const rest = commands.flatMap(({ path, commands: below, argument }) => {
    const words = below.map(({ word, description }) => described(word, description));
    if (words.length > 0) return [`            ${quoted(path)} { $offered = @(${words.join(', ')}) }`];
    return argument === null ? [] : [`            ${quoted(path)} { ${offer(argument)} }`];
  });
  const paths = commands.flatMap(({ path }) => (path === '' ? [] : [quoted(path)]));
  return `# Completion of berth for PowerShell. In $PROFILE:  berth completion pwsh | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName berth -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $current = "$wordToComplete"
    $written = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    $at = ''
    foreach ($word in $written) {
        $next = "$at $word".Trim()
        if ($next -cin @(${paths.join(', ')})) { $at = $next }
    }
    $before = ''
    $previous = if ($written.Count -gt 0) { $written[-1] } else { '' }
    if ($current -match '^(--[^=]+)=(.*)$') {
        $previous = $Matches[1]
        $before = "$previous="
        $current = $Matches[2]
    }
    $offered = @()
    $endings = ''
    $isList = $false
    $isValue = $false
    switch -CaseSensitive ("$at $previous") {
${values.join('\n')}
    }
    if (-not $isValue -and $current.StartsWith('-')) {
        switch -CaseSensitive ($at) {
${options.join('\n')}
        }
    } elseif (-not $isValue) {
        switch -CaseSensitive ($at) {
${rest.join('\n')}
        }
    }
    if ($isList -and $current -match '^(.*,)([^,]*)$') {
        $before += $Matches[1]
        $current = $Matches[2]
    }
    foreach ($one in $offered) {
        $word, $description = $one -split ': ', 2
        if (-not $word.StartsWith($current)) { continue }
        $tip = if ($description) { $description } else { $word }
        [System.Management.Automation.CompletionResult]::new("$before$word", $word, 'ParameterValue', $tip)
    }
    if ($endings) {
        [System.Management.Automation.CompletionCompleters]::CompleteFilename($current) |
            Where-Object { $_.ResultType -eq 'ProviderContainer' -or $_.ListItemText -match $endings } |
            ForEach-Object {
                [System.Management.Automation.CompletionResult]::new("$before$($_.CompletionText)", $_.ListItemText, $_.ResultType, $_.ToolTip)
            }
    }
}
`;
}

function offer(value: Value): string {
  switch (value.kind) {
    case 'words':
      return `$offered = @(${value.words.map(quoted).join(', ')})`;
    case 'list':
      return `$isList = $true; $offered = @(${value.words.map(quoted).join(', ')})`;
    case 'files':
      return `$endings = '(${value.endings.map((ending) => ending.replaceAll('.', '\\.')).join('|')})$'`;
    case 'free':
      return '';
  }
}

function described(word: string, description: string): string {
  return quoted(`${word}: ${description}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
