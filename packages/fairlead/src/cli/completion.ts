import type { CliContext } from "./context.ts";

/** The scripts ask `fairlead __complete WORD…`, so they never go stale. */
const scripts = {
  bash: `_fairlead() {
  local IFS=$'\\n'
  COMPREPLY=($(fairlead __complete "\${COMP_WORDS[@]:1:$COMP_CWORD}" 2>/dev/null))
  [[ \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
}
complete -F _fairlead fairlead
`,
  zsh: `#compdef fairlead
_fairlead() {
  local -a candidates
  candidates=("\${(@f)$(fairlead __complete "\${(@)words[2,$CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then compadd -- "\${candidates[@]}"; else _files; fi
}
compdef _fairlead fairlead
`,
  fish: `function __fairlead_complete
  set -l words (commandline -opc) (commandline -ct)
  fairlead __complete $words[2..-1] 2>/dev/null
end
complete -c fairlead -f -a '(__fairlead_complete)'
complete -c fairlead -F -n 'test -z (__fairlead_complete | head -n1)'
`,
} as const;

export function completion(this: CliContext, _flags: object, shell: keyof typeof scripts): void {
  this.process.stdout.write(scripts[shell]);
}
