# Written by the tests of syncline-cli from its table of options: change that one.
_syncline() {
    local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} words=
    COMPREPLY=()
    if [[ $previous == = ]]; then previous=${COMP_WORDS[COMP_CWORD - 2]}; fi
    if [[ $word == = ]]; then word=; previous=${COMP_WORDS[COMP_CWORD - 1]}; fi
    if ((COMP_CWORD == 1)) && [[ $word != -* ]]; then
        words='signature delta patch inspect'
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
                *) words='--verbose --info --stderr --msgs2stderr --quiet --motd --checksum --archive --recursive --inc-recursive --relative --implied-dirs --backup --backup-dir --suffix --update --inplace --dirs --old-dirs --links --copy-links --copy-unsafe-links --safe-links --copy-dirlinks --hard-links --perms --executability --chmod --owner --group --devices --specials --times --atimes --open-noatime --omit-dir-times --omit-link-times --sparse --dry-run --whole-file --checksum-choice --one-file-system --block-size --rsh --rsync-path --existing --ignore-existing --remove-source-files --delete --delete-before --delete-during --delete-delay --delete-after --delete-excluded --ignore-missing-args --delete-missing-args --ignore-errors --force --max-delete --max-size --min-size --partial --numeric-ids --timeout --contimeout --ignore-times --size-only --modify-window --compare-dest --copy-dest --link-dest --compress --old-compress --new-compress --compress-choice --compress-level --skip-compress --cvs-exclude --filter --exclude --exclude-from --include --include-from --files-from --from0 --old-args --secluded-args --trust-sender --address --port --sockopts --outbuf --stats --8-bit-output --human-readable --progress --itemize-changes --remote-option --out-format --log-file --log-file-format --password-file --early-input --list-only --bwlimit --protocol --checksum-seed --ipv4 --ipv6 --version --help --json' ;;
                esac
            fi
            ;;
        esac
    fi
    if [[ -n $words ]]; then mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word"); fi
}
complete -o default -F _syncline syncline
