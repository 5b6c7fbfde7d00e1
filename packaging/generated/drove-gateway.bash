# bash completion for drove-gateway and nixy
_drove_gateway() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command="" word words
  COMPREPLY=()
  if [ "$previous" = -f ] || [ "$previous" = = ]; then
    [ "$current" = = ] && current=""
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
    return
  fi
  for word in "${COMP_WORDS[@]:1:COMP_CWORD - 1}"; do
    case $word in
    -*) ;;
    *) command=$word && break ;;
    esac
  done
  case $command in
    "") words="run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version -f -v -h" ;;
    run) words="-f" ;;
    plan) words="-f --json" ;;
    diff) words="-f --json" ;;
    explain) words="-f --json" ;;
    freeze) words="-f --for --reason --json" ;;
    thaw) words="-f --json" ;;
    accept) words="-f --json" ;;
    loglevel) words="-f --json" ;;
    history) words="-f --json" ;;
    rollback) words="-f --reason --json" ;;
    replay) words="-f --template --json" ;;
    check) words="-f --endpoints" ;;
    render) words="-f --endpoints" ;;
    test) words="-f --update --proxy-version --json" ;;
    healthcheck) words="-f" ;;
    -sync-haproxy-state-config) words="-f" ;;
    version) words="" ;;
    *) return ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -F _drove_gateway drove-gateway nixy
