#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
#
# Process 1 of a guest. /lab/settings says what to do, /lab/command is the
# command. Three virtio ports lead to the host: out, err and ctl. On ctl go
#	s STATUS OUT ERR	how the command ended, bytes sent on the ports
#	f TEXT			the guest could not be set up
#	d BYTES			that many bytes of kernel log follow
#	e			nothing more will come
# The host ends the guest after that, when it has all the bytes.

# shellcheck disable=SC2154,SC2086,SC1091 # /lab/settings sets variables; words are split on purpose
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HOME=/root
export PATH HOME

mount_all() {
	mount -t proc -o nosuid,nodev,noexec proc /proc
	mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
	mount -t devtmpfs -o mode=755 devtmpfs /dev
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs -o mode=1777 tmpfs /dev/shm
	mount -t tmpfs -o mode=755 tmpfs /run
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	mount -t debugfs debugfs /sys/kernel/debug
	mount -t tracefs tracefs /sys/kernel/tracing
	ln -sf /proc/self/fd /dev/fd
	ln -sf /proc/self/fd/0 /dev/stdin
	ln -sf /proc/self/fd/1 /dev/stdout
	ln -sf /proc/self/fd/2 /dev/stderr
	chown -R user:user /home/user
	hostname mmscope
	ip link set lo up
}

# There is no udev: the names of the ports are only in sysfs, and the host
# announces the ports one by one.
ports_wait() {
	# Built in on some kernels, which is not a failure.
	modprobe virtio_pci
	modprobe virtio_console
	tries=0
	while [ $tries -lt 1000 ]; do
		for name in /sys/class/virtio-ports/*/name; do
			[ -e "$name" ] || continue
			port=${name%/name}
			port=/dev/${port##*/}
			case $(cat "$name") in
			out) port_out=$port ;;
			err) port_err=$port ;;
			ctl) port_ctl=$port ;;
			esac
		done
		[ -c "$port_out" ] && [ -c "$port_err" ] && [ -c "$port_ctl" ] && return
		tries=$((tries + 1))
		usleep 10000
	done
	echo "lab: the ports to the host do not come up"
	poweroff -f
}

finish() {
	dmesg >/lab/dmesg
	{
		echo "d $(stat -c %s /lab/dmesg)"
		cat /lab/dmesg
		echo e
	} >&5
	sleep 600
	poweroff -f
}

fail() {
	echo "f $*" >&5
	finish
}

swap_on() {
	modprobe virtio_blk
	tries=0
	while [ $tries -lt 500 ]; do
		for disk in /sys/block/vd*; do
			[ "$(cat "$disk/serial" 2>/dev/null)" = mmscope-swap ] || continue
			disk=/dev/${disk##*/}
			if ! mkswap "$disk" >/dev/null || ! swapon "$disk"; then
				fail "$disk cannot be swapped on"
			fi
			return
		done
		tries=$((tries + 1))
		usleep 10000
	done
	fail "the swap disk does not come up"
}

# Ends whatever the command left running; it may hold the pipes open. What is in
# the session of init is init, the pumps and the kernel's threads; the command
# was given a session of its own and nobody can join this one. The loop starts
# no process but usleep.
reap() {
	tries=0
	while [ $tries -lt 100 ]; do
		left=
		for dir in /proc/[0-9]*; do
			read -r stat <"$dir/stat" || continue
			# After the name: state, parent, group, session.
			set -- ${stat##*) }
			[ "$1" = Z ] || [ "$4" = "$session" ] && continue
			kill -9 "${dir#/proc/}" && left=1
		done 2>/dev/null
		[ -n "$left" ] || return
		tries=$((tries + 1))
		usleep 5000
	done
}

# pump NAME PORT: copies the pipe to the port and notes how much that was. The
# shell that waits for dd inherits dd's account, and writes nothing before it
# has read it.
pump() {
	dd bs=32k status=none <"/lab/$1" >"$2"
	while read -r key value; do
		[ "$key" != wchar: ] || total=$value
	done </proc/self/io
	echo "$total" >"/lab/$1.sent"
}

# The command gets named pipes, not the ports: a port can be opened only once,
# and the command may open /dev/stdout again, as another user too.
run_command() {
	mkfifo -m 666 /lab/out /lab/err
	read -r stat </proc/self/stat
	set -- ${stat##*) }
	session=$4
	pump out "$port_out" &
	pump_out=$!
	pump err "$port_err" &
	pump_err=$!
	cd /root || fail "no /root"
	# In the foreground: the shell starts background commands with SIGINT ignored.
	setsid /bin/sh /lab/command </dev/null >/lab/out 2>/lab/err 5>&-
	status=$?
	reap
	wait "$pump_out" "$pump_err"
	cd /
	rmmod mmscope 2>/dev/null
	echo "s $status $(cat /lab/out.sent || echo -) $(cat /lab/err.sent || echo -)" >&5
}

run_shell() {
	tries=0
	while [ ! -c /dev/hvc0 ] && [ $tries -lt 500 ]; do
		tries=$((tries + 1))
		usleep 10000
	done
	cd /root || fail "no /root"
	TERM=$term
	PS1='\u@\h:\w\$ '
	export TERM PS1
	# Open from here on: the first open of this terminal resets its size.
	exec 6<>/dev/hvc0
	stty -F /dev/hvc0 sane rows "$rows" cols "$columns"
	setsid -c ash -l <&6 >&6 2>&6 5>&- 6>&-
	echo "s $? 0 0" >&5
}

mount_all
. /lab/settings
ports_wait
exec 5>"$port_ctl"
if [ -n "$module" ]; then
	insmod /lab/mmscope.ko || fail "insmod mmscope.ko failed"
fi
if [ -n "$swap" ]; then
	swap_on
fi
"run_$(case $mode in shell) echo shell ;; *) echo command ;; esac)"
finish
