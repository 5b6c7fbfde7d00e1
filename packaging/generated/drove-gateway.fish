# fish completion for drove-gateway and nixy
complete -c drove-gateway -f
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'run' -d 'keep the proxy in step with Drove'
complete -c drove-gateway -n "__fish_seen_subcommand_from run" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'plan' -d 'what would change now, and why'
complete -c drove-gateway -n "__fish_seen_subcommand_from plan" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from plan" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'diff' -d 'the same as a diff of the proxy'\''s configuration'
complete -c drove-gateway -n "__fish_seen_subcommand_from diff" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from diff" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'explain' -d 'all about a vhost or an app, and why it is there or not'
complete -c drove-gateway -n "__fish_seen_subcommand_from explain" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from explain" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'freeze' -d 'hold all changes'
complete -c drove-gateway -n "__fish_seen_subcommand_from freeze" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from freeze" -l for
complete -c drove-gateway -n "__fish_seen_subcommand_from freeze" -l reason
complete -c drove-gateway -n "__fish_seen_subcommand_from freeze" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'thaw' -d 'apply changes again'
complete -c drove-gateway -n "__fish_seen_subcommand_from thaw" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from thaw" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'accept' -d 'let an answer of the controllers pass that the guard holds'
complete -c drove-gateway -n "__fish_seen_subcommand_from accept" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from accept" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'loglevel' -d 'log more or less; without LEVEL, as configured'
complete -c drove-gateway -n "__fish_seen_subcommand_from loglevel" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from loglevel" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'history' -d 'what was applied or refused, newest first'
complete -c drove-gateway -n "__fish_seen_subcommand_from history" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from history" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'rollback' -d 'apply an earlier configuration again, and hold it until thawed'
complete -c drove-gateway -n "__fish_seen_subcommand_from rollback" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from rollback" -l reason
complete -c drove-gateway -n "__fish_seen_subcommand_from rollback" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'replay' -d 'what today'\''s template and configuration make of what was recorded'
complete -c drove-gateway -n "__fish_seen_subcommand_from replay" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from replay" -l template
complete -c drove-gateway -n "__fish_seen_subcommand_from replay" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'check' -d 'check the configuration, the template, and the proxy'\''s opinion'
complete -c drove-gateway -n "__fish_seen_subcommand_from check" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from check" -l endpoints
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'render' -d 'print the proxy'\''s configuration'
complete -c drove-gateway -n "__fish_seen_subcommand_from render" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from render" -l endpoints
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'test' -d 'compare what a template makes of recorded answers with what is expected'
complete -c drove-gateway -n "__fish_seen_subcommand_from test" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "__fish_seen_subcommand_from test" -l update
complete -c drove-gateway -n "__fish_seen_subcommand_from test" -l proxy-version
complete -c drove-gateway -n "__fish_seen_subcommand_from test" -l json
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'healthcheck' -d 'exit 0 if the gateway is ready'
complete -c drove-gateway -n "__fish_seen_subcommand_from healthcheck" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a '-sync-haproxy-state-config' -d 'fill the #DROVE-SERVERS blocks of haproxy_config from the server-state file'
complete -c drove-gateway -n "__fish_seen_subcommand_from -sync-haproxy-state-config" -s f -r -F -d 'the TOML file'
complete -c drove-gateway -n "not __fish_seen_subcommand_from run plan diff explain freeze thaw accept loglevel history rollback replay check render test healthcheck -sync-haproxy-state-config version" -a 'version' -d 'also -v'
complete -c nixy -w drove-gateway
