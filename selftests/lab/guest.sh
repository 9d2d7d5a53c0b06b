# shellcheck shell=bash disable=SC2034,SC2154 # variables are shared, see lab
# SPDX-License-Identifier: GPL-2.0
#
# A guest's life. QEMU writes the virtio ports out, err and ctl (init.sh has
# the protocol) into three pipes: two are pumped to standard output and error,
# ctl is read here. The console goes to a file.

guest_dir=
guest_qemu=
guest_pumps=()

guest_main() {
	guest_prepare
	guest_start
	guest_listen
	guest_stop
	verdict_reach
}

guest_prepare() {
	root_need "$opt_kernel"
	if [[ -n $opt_module ]]; then
		module_in_tree || die "no Kbuild in $tree: nothing to load (--no-module does without)"
		module_need "$opt_kernel"
	fi
	initrd_need "$opt_kernel"
	verdict_patterns
	guest_dir=$(mktemp -d "${TMPDIR:-/tmp}/mmscope-lab.XXXXXX")
	mkdir "$guest_dir/overlay"
	initrd_overlay "$guest_dir/overlay"
	initrd_pack "$guest_dir/overlay" | cat -- "$initrd_base" - >"$guest_dir/initrd"
	rm -rf -- "$guest_dir/overlay"
	touch -- "$guest_dir/console" "$guest_dir/dmesg"
	[[ -z $opt_swap ]] || truncate -s "$opt_swap" "$guest_dir/swap"
}

# A pipe with both ends open here: guest_pipe NAME sets rd_NAME and wr_NAME.
# Reader and writer are opened while a third descriptor keeps either from
# waiting for the other.
guest_pipe() {
	local both path=$guest_dir/$1.pipe
	local -n rd=rd_$1 wr=wr_$1

	mkfifo -m 600 "$path"
	exec {both}<>"$path"
	# shellcheck disable=SC2094 # a pipe, not a file
	exec {rd}<"$path" {wr}>"$path" {both}>&-
	rm -f -- "$path"
}

# guest_pump READER FD: a dd, for /proc/PID/io of a dd counts what it has
# written (cat may splice). exec makes $! the dd itself.
guest_pump() {
	(
		trap - INT TERM HUP EXIT
		exec {wr_ctl}>&- {wr_out}>&- {wr_err}>&- {rd_ctl}<&-
		exec dd bs=64k status=none <&"$1" >&"$2"
	) &
	guest_pumps+=($!)
}

guest_start() {
	local -a command
	local in=/dev/null out=/dev/null

	guest_pipe ctl
	guest_pipe out
	guest_pipe err
	guest_pump "$rd_out" 1
	guest_pump "$rd_err" 2
	exec {rd_out}<&- {rd_err}<&-
	guest_qemu_command
	[[ -z $opt_verbose ]] || say "${command[*]}"
	# The shell's QEMU has the terminal; the command's has nothing of ours.
	if [[ $opt_mode == shell ]]; then
		guest_terminal=$(stty -g)
		in=/dev/tty
		out=/dev/tty
		say "Ctrl-] x ends the guest"
	fi
	setpriv --pdeathsig TERM -- "${command[@]}" <"$in" >"$out" 2>"$guest_dir/qemu" \
		4>&"$wr_ctl" 5>&"$wr_out" 6>&"$wr_err" {rd_ctl}<&- &
	guest_qemu=$!
	exec {wr_ctl}>&- {wr_out}>&- {wr_err}>&-
}

# What a guest's kernel is told: die at the first complaint, and do not waste
# emulated time. The devkmsg argument keeps the kernel from dropping what
# commands log.
guest_kernel_arguments() {
	printf '%s' "console=ttyS0 panic=-1 oops=panic panic_on_warn=1 loglevel=5" \
		" rcupdate.rcu_cpu_stall_timeout=300 watchdog_thresh=60 printk.devkmsg=on log_buf_len=4M" \
		" cryptomgr.notests no_timer_check audit=0 8250.nr_uarts=1" \
		" $(kernel_is_debug "$opt_kernel" && echo "$debug_arguments") $opt_append"
}

# Sets command. Single-threaded emulation is the default because with one
# thread per processor QEMU may run stale code after the kernel patched its text
# (static keys, probes): random int3 oopses.
#
# And none has cmpxchg16b: what QEMU 7.2 makes of the flags after it is wrong (it
# takes them from an instruction before), and an interrupt right there pushes them.
# The kernel's allocator uses it all the time: a guest was seen to die of a double
# fault, EFLAGS being the low half of another register.
# shellcheck disable=SC2054 # QEMU's commas
guest_qemu_command() {
	local accel=$opt_accel cpu=$opt_cpu

	if [[ -z $accel ]]; then
		accel=tcg
		! guest_has_kvm || accel=kvm
	fi
	if [[ $accel == tcg ]]; then
		accel=tcg,thread=single
		[[ -z $opt_mttcg ]] || accel=tcg,thread=multi
		[[ $cpu == *cx16* ]] || cpu+=,-cx16
	fi
	command=(qemu-system-x86_64 -nodefaults -nographic -no-reboot -monitor none -no-user-config
		-machine "pc,hpet=off,usb=off" -accel "$accel" -cpu "$cpu" -smp "$opt_smp" -m "$opt_mem"
		-kernel "$(root_dir "$opt_kernel")/lab/vmlinuz" -initrd "$guest_dir/initrd"
		-append "$(guest_kernel_arguments)"
		-chardev "file,id=console,path=$guest_dir/console" -serial chardev:console
		-device virtio-serial-pci
		-chardev file,id=ctl,path=/dev/fd/4 -device virtserialport,chardev=ctl,name=ctl
		-chardev file,id=out,path=/dev/fd/5 -device virtserialport,chardev=out,name=out
		-chardev file,id=err,path=/dev/fd/6 -device virtserialport,chardev=err,name=err)
	if [[ $opt_mode == shell ]]; then
		command+=(-chardev stdio,id=tty,mux=on,signal=off -echr 0x1d -device virtconsole,chardev=tty)
	fi
	if [[ -n $opt_swap ]]; then
		command+=(-drive "if=none,id=swap,format=raw,cache=unsafe,file=$guest_dir/swap"
			-device virtio-blk-pci,drive=swap,serial=mmscope-swap)
	fi
	command+=(${opt_qemu[@]+"${opt_qemu[@]}"})
}

# A writable /dev/kvm proves little: it may come without virtualization behind
# it, and then guests hang. So it takes a processor that says it can, and a
# guest that ends in time; asked once per boot of this machine.
guest_has_kvm() {
	local boot answer

	[[ -w /dev/kvm ]] && grep -q -w -E 'vmx|svm' /proc/cpuinfo || return 1
	boot=$(</proc/sys/kernel/random/boot_id)
	answer=$cache/kvm-$boot
	if [[ ! -f $answer ]]; then
		rm -f -- "$cache"/kvm-*
		if timeout -k 1 60 "$self" run --kvm --kernel "$opt_kernel" --smp 1 --mem 512M --no-module \
			--timeout 5 -- true >/dev/null 2>&1; then
			echo yes >"$answer.$$"
		else
			echo no >"$answer.$$"
		fi
		mv -- "$answer.$$" "$answer"
	fi
	[[ $(<"$answer") == yes ]]
}

# Reads ctl until the guest is through, QEMU is gone, time is up or nobody reads
# the output any more. Sets guest_end to e (through), eof, timeout or pump.
guest_listen() {
	local line='' part

	guest_end=
	guest_status=
	guest_failure=
	guest_deadline=$((SECONDS + opt_timeout + 1)) # SECONDS is rounded down
	while [[ -z $guest_end ]]; do
		part=
		if IFS= read -r -t 0.5 -u "$rd_ctl" part; then
			guest_event "$line$part"
			line=
		elif (($? > 128)); then
			line+=$part
			guest_check_time
		else
			guest_end=eof
		fi
	done
	if [[ $guest_end == e && -n $guest_status ]]; then
		guest_drain
	fi
}

guest_check_time() {
	local pump

	if ((opt_timeout && SECONDS >= guest_deadline)); then
		guest_end=timeout
	fi
	for pump in "${guest_pumps[@]}"; do
		kill -0 "$pump" 2>/dev/null || guest_end=pump
	done
}

# guest_event LINE: one message of the protocol in init.sh
guest_event() {
	local -a word

	read -ra word <<<"$1"
	case ${word[0]-} in
	s)
		guest_status=${word[1]}
		guest_sent=("${word[2]}" "${word[3]}")
		;;
	f) guest_failure=${1#f } ;;
	d) timeout 60 head -c "${word[1]}" <&"$rd_ctl" >"$guest_dir/dmesg" || guest_end=timeout ;;
	e) guest_end=e ;;
	esac
}

# The guest says how much it has sent; QEMU may still hold some of it. It lives
# until the pumps have written that much.
guest_drain() {
	local i written

	for i in 0 1; do
		[[ ${guest_sent[i]} =~ ^[0-9]+$ ]] || {
			guest_failure="the command killed what carries its output"
			guest_status=
			return
		}
		while :; do
			written=$(awk '$1 == "wchar:" { print $2 }' "/proc/${guest_pumps[i]}/io" 2>/dev/null) || true
			if [[ -z $written ]]; then
				guest_end=pump
				return
			fi
			((written < guest_sent[i])) || break
			guest_check_time
			[[ $guest_end == e ]] || return 0
			sleep 0.02
		done
	done
}

# Ends QEMU and collects the pumps, which end with it. Sets guest_pump_status
# to the first that is not 0.
guest_stop() {
	local pump status

	guest_end_qemu
	[[ $guest_end != timeout ]] || guest_hurry_pumps
	guest_pump_status=0
	for pump in "${guest_pumps[@]}"; do
		status=0
		wait "$pump" || status=$?
		((guest_pump_status)) || guest_pump_status=$status
	done
	guest_pumps=()
}

# After a time-out nobody waits for a reader that does not read.
guest_hurry_pumps() {
	local pump tries=0

	for pump in "${guest_pumps[@]}"; do
		while kill -0 "$pump" 2>/dev/null; do
			((++tries < 100)) || kill -TERM "$pump" 2>/dev/null || true
			sleep 0.02
		done
	done
}

guest_end_qemu() {
	local tries=0

	[[ -n $guest_qemu ]] || return 0
	kill -TERM "$guest_qemu" 2>/dev/null || true
	while kill -0 "$guest_qemu" 2>/dev/null; do
		((++tries < 100)) || kill -KILL "$guest_qemu" 2>/dev/null || true
		sleep 0.02
	done
	wait "$guest_qemu" 2>/dev/null || true
	guest_qemu=
	[[ -z ${guest_terminal-} ]] || stty "$guest_terminal"
}

# Whatever state things are in.
guest_cleanup() {
	local pump

	set +e
	guest_end_qemu
	for pump in ${guest_pumps[@]+"${guest_pumps[@]}"}; do
		kill -TERM "$pump" 2>/dev/null
	done
	[[ -z $guest_dir ]] || rm -rf -- "$guest_dir"
}
