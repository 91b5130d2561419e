# Written by the tests of syncline-cli from its table of options: change that one.
_syncline() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=
    COMPREPLY=()
    if [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD - 2]}; fi
    if [[ $word == = ]]; then word=; previous=${COMP_WORDS[COMP_CWORD - 1]}; fi
    if ((COMP_CWORD == 1)); then
        words='signature delta patch inspect --help --version'
    else
        case $previous in
        --format) words='native rdiff librsync rollsum-md4 rollsum-blake2 rabinkarp-md4 rabinkarp-blake2' ;;
        --hash | -H) words='blake2 md4' ;;
        --rollsum | -R) words='rabinkarp rollsum' ;;
        --compress) words='zstd none' ;;
        *)
            if [[ $word == -* ]]; then
                case ${COMP_WORDS[1]} in
                signature) words='--format --block-size --sum-size --hash --rollsum --threads --force --json --progress --no-progress --quiet --verbose --help --version' ;;
                delta) words='--basis --format --compress --exact --compact --check --threads --force --json --progress --no-progress --quiet --verbose --help --version' ;;
                patch) words='--format --sparse --force --json --progress --no-progress --quiet --verbose --help --version' ;;
                inspect) words='--json --progress --no-progress --quiet --help --version' ;;
                esac
            fi
            ;;
        esac
    fi
    if [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word"); fi
}
complete -o default -F _syncline syncline
