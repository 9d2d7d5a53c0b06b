# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0
#
# The options of run and shell, as opt_* variables.

options_help() {
	cat <<'END'
usage: lab run   [OPTION…] -- CMD [ARG…]
       lab shell [OPTION…]
       lab prepare [--refresh] [KERNEL…]
       lab build [--kernel KERNEL] [-- MAKE-ARG…]
       lab kernels
       lab path KERNEL root|release|symvers|ko

run      boots a Debian kernel in a throw-away guest with the mmscope module
         loaded, and runs CMD in it as root. Output, errors and exit status are
         CMD's. 124: time-out. 125: the guest died, gave no status, or its
         kernel complained (see splats.txt), whatever CMD returned.
shell    the same with an interactive shell; Ctrl-] x ends the guest.
prepare  fetches and builds ahead; --refresh takes the newest packages.
build    builds the module and prints the path of mmscope.ko; with arguments
         for make always afresh, and not cached.
kernels  what there is, and what is cached.
path     paths for scripts.

Options of run and shell:
  --kernel SERIES       one of 5.10 6.1 6.12 7.2 7.3 (default 6.12)
  --cpu MODEL[,FLAG…]   QEMU's -cpu (default max: 5-level page tables where the
                        kernel has them; max,-la57: 4 levels); emulated ones
                        have no cmpxchg16b without +cx16
  --smp N               processors (default 2)
  --mem SIZE            memory (default 768M)
  --append ARGS         more kernel arguments; may be repeated
  --qemu ARGS           more QEMU arguments, split at blanks; may be repeated
  --file HOST[:GUEST]   put a file or directory into the guest, by default
                        under /root, where CMD starts; may be repeated. Dynamic
                        programs get their libraries.
  --swap [SIZE]         a swap disk (default 128M)
  --timeout SECONDS     of the guest's life (run: 600; shell: none; 0: none)
  --no-module           do not load mmscope
  --mttcg               emulate processors in parallel. Kernels that patch their
                        own text then crash at random: for measuring only.
  --kvm, --tcg          force (default: KVM where it is seen to work)
  --keep-console FILE   keep the console log
  -v                    say what is going on

What CMD leaves running is killed when CMD ends. Its standard input is empty.

Examples:
  lab run -- mmscope --version
  lab run --kernel 5.10 --file build/scene -- ./scene --huge
  lab run --cpu max,-la57 --mem 3G --append 'hugepagesz=1G hugepages=1' -- ./t
  lab run --swap 64M -- sh -c 'cat /proc/swaps; dmesg | tail'
  lab build --kernel 6.1 -- W=1 C=2 KCFLAGS=-Werror

Environment: MMSCOPE_MIRROR, MMSCOPE_MIRROR_SECURITY (Debian mirrors instead of
apt's), MMSCOPE_TREE (source tree), XDG_CACHE_HOME, XDG_STATE_HOME (logs of
failures).
END
}

options_default() {
	opt_mode=$1
	opt_kernel=$kernel_default
	opt_cpu=max
	opt_smp=2
	opt_mem=768M
	opt_append=
	opt_qemu=()
	opt_files_host=()
	opt_files_guest=()
	opt_swap=
	opt_timeout=600
	[[ $1 == run ]] || opt_timeout=0
	opt_module=1
	opt_mttcg=
	opt_accel=
	opt_keep=
	opt_verbose=
	opt_command=()
}

# options_parse MODE ARGUMENT…
options_parse() {
	local name

	options_default "$1"
	shift
	while (($#)) && [[ $1 != -- ]]; do
		case $1 in
		--swap) # the value is optional, so it is taken only if it is a size
			opt_swap=128M
			if options_is_size "${2-}"; then
				opt_swap=$2
				shift
			fi
			;;
		--no-module) opt_module= ;;
		--mttcg) opt_mttcg=1 ;;
		--kvm | --tcg) opt_accel=${1#--} ;;
		-v | --verbose) opt_verbose=1 ;;
		-h | --help)
			options_help
			decide 0
			;;
		--*=*) options_value "${1%%=*}" "${1#*=}" ;;
		--*)
			if (($# == 1)) || [[ $2 == -- ]]; then
				usage_error "$1: unknown option, or its value is missing"
			fi
			options_value "$1" "$2"
			shift
			;;
		-*) usage_error "unknown option $1" ;;
		*) usage_error "$1: not an option; a command goes after --" ;;
		esac
		shift
	done
	opt_command=("${@:2}")
	options_check
}

options_value() {
	local -a words

	case $1 in
	--kernel) opt_kernel=$2 ;;
	--cpu) opt_cpu=$2 ;;
	--smp) opt_smp=$2 ;;
	--mem) opt_mem=$2 ;;
	--append) opt_append+=" $2" ;;
	--qemu)
		read -ra words <<<"$2"
		opt_qemu+=(${words[@]+"${words[@]}"})
		;;
	--file) options_file "$2" ;;
	--swap) opt_swap=$2 ;;
	--timeout) opt_timeout=$2 ;;
	--keep-console) opt_keep=$2 ;;
	*) usage_error "unknown option $1" ;;
	esac
}

# HOST:GUEST, unless the whole is a file here. GUEST is absolute or under /root.
options_file() {
	local host=$1 guest=

	if [[ ! -e $host && $host == *:* ]]; then
		guest=${host##*:}
		host=${host%:*}
	fi
	[[ -e $host ]] || usage_error "--file: there is no $host"
	[[ -r $host ]] || usage_error "--file: cannot read $host"
	[[ -f $host || -d $host ]] || usage_error "--file: $host is neither file nor directory"
	host=$(readlink -f -- "$host")
	case $guest in
	'') guest=/root/${1##*/} ;;
	/*) ;;
	*) guest=/root/$guest ;;
	esac
	opt_files_host+=("$host")
	opt_files_guest+=("$guest")
}

options_is_size() {
	[[ $1 =~ ^[1-9][0-9]*[KMG]$ ]]
}

options_check() {
	kernel_known "$opt_kernel" || usage_error "unknown kernel '$opt_kernel' (there are: $(kernel_list))"
	[[ $opt_smp =~ ^[1-9][0-9]*$ ]] || usage_error "--smp: not a number: $opt_smp"
	[[ $opt_timeout =~ ^[0-9]+$ ]] || usage_error "--timeout: not a number of seconds: $opt_timeout"
	options_is_size "$opt_mem" || usage_error "--mem: not a size (like 768M, 3G): $opt_mem"
	[[ -z $opt_swap ]] || options_is_size "$opt_swap" || usage_error "--swap: not a size: $opt_swap"
	[[ -n $opt_cpu ]] || usage_error "--cpu: empty"
	if [[ $opt_mode == run ]]; then
		((${#opt_command[@]})) || usage_error "run: no command (it goes after --)"
	else
		((!${#opt_command[@]})) || usage_error "shell takes no command"
	fi
}
