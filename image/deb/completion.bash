# bash completion for conpot-pi(8)

# The verbs and their flags, as the program's own table has them: a test (ManualTests) writes and compares these lines.
_conpot_pi_words() {
    case $1 in
#{ verbs
        '') echo 'run validate status test-alert doctor events report capture io appliance profiles version help' ;;
        run) echo '--last-good --config --set --verbose --quiet --no-color' ;;
        validate) echo '--config --set --verbose --quiet --no-color' ;;
        status) echo '--json --config --set --verbose --quiet --no-color' ;;
        test-alert) echo '--json --config --set --verbose --quiet --no-color' ;;
        doctor) echo '--send --json --config --set --verbose --quiet --no-color' ;;
        events) echo '--follow --since --session --list --journal --json --config --set --verbose --quiet --no-color' ;;
        report) echo '--since --output --journal --config --set --verbose --quiet --no-color' ;;
        capture) echo '--since --source --output --standard-ports --journal --config --set --verbose --quiet --no-color' ;;
        io) echo '--svg --output --while-running --times --json --config --set --verbose --quiet --no-color' ;;
        appliance) echo '--root --dry-run --config --set --verbose --quiet --no-color' ;;
        profiles) echo '--json --verbose --quiet --no-color' ;;
        version) echo '--verbose --quiet --no-color' ;;
        help) echo '--verbose --quiet --no-color' ;;
        'profiles show') echo 's7-200 s7-300-cp343 conpot-2013' ;;
#}
    esac
}

_conpot_pi() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_conpot_pi_words '')" -- "$current")
        return
    fi
    case $previous in
        -c|--config|-o|--output)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
            return ;;
        --journal|--root)
            compopt -o filenames
            mapfile -t COMPREPLY < <(compgen -d -- "$current")
            return ;;
        --set|--since|--session|--source|--times)
            return ;;
    esac
    local words
    words=$(_conpot_pi_words "$verb")
    if [[ $current != -* ]]; then
        case $verb in
            io) words='list wiring watch test ack' ;;
            appliance) words='apply egress console stack unreachable' ;;
            profiles) if [ "$previous" = show ]; then words=$(_conpot_pi_words 'profiles show'); else words='show'; fi ;;
            help) words=$(_conpot_pi_words '') ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _conpot_pi conpot-pi
