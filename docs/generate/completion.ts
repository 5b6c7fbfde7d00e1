import type { DocumentedCommand } from "./commands.ts";

/** Completion for bash. `-f` and `--endpoints` take files, whose names the shell knows. */
export function bashCompletion(commands: readonly DocumentedCommand[]): string {
  const cases = commands.map(({ name, flags }) => `    ${name}) words="${flags.join(" ")}" ;;\n`);
  return `# bash completion for drove-gateway and nixy
_drove_gateway() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command="" word words
  COMPREPLY=()
  if [ "$previous" = -f ] || [ "$previous" = = ]; then
    [ "$current" = = ] && current=""
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case $word in
    -*) ;;
    *) command=$word && break ;;
    esac
  done
  case $command in
    "") words="${commands.map((one) => one.name).join(" ")} -f -v -h" ;;
${cases.join("")}    *) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _drove_gateway drove-gateway nixy
`;
}

/** Completion for zsh. */
export function zshCompletion(commands: readonly DocumentedCommand[]): string {
  const described = commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}\n`);
  const cases = commands.map(({ name, flags }) => `  ${name}) _arguments ${flags.map(zshFlag).join(" ")} ;;\n`);
  return `#compdef drove-gateway nixy
# zsh completion for drove-gateway and nixy
local -a commands
commands=(
${described.join("")})
if (( CURRENT == 2 )); then
  _describe command commands
  return
fi
case $words[2] in
${cases.join("")}esac
`;
}

function zshFlag(flag: string): string {
  if (flag === "-f") return "'-f[the TOML file]:file:_files'";
  if (flag === "--endpoints") return "'*--endpoints[a recorded answer]:NAMESPACE=FILE:'";
  return quoted(flag);
}

/** Completion for fish. */
export function fishCompletion(commands: readonly DocumentedCommand[]): string {
  const names = commands.map((one) => one.name).join(" ");
  const lines = commands.flatMap(({ name, description, flags }) => [
    `complete -c drove-gateway -n "not __fish_seen_subcommand_from ${names}" -a ${quoted(name)} -d ${quoted(description)}`,
    ...flags.map((flag) => `complete -c drove-gateway -n "__fish_seen_subcommand_from ${name}" ${fishFlag(flag)}`),
  ]);
  return `# fish completion for drove-gateway and nixy
complete -c drove-gateway -f
${lines.join("\n")}
complete -c nixy -w drove-gateway
`;
}

function fishFlag(flag: string): string {
  if (flag === "-f") return "-s f -r -F -d 'the TOML file'";
  return `-l ${flag.replace(/^-+/, "")}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
