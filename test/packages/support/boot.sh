#!/usr/bin/env bash
# Becomes process 1 of a Debian: its systemd, on a copy of its files that goes with it. Runs in namespaces of its own,
# but for the network. Usage: boot.sh ROOT PACKAGES
set -euo pipefail

scratch=$(mktemp -d)
mount -t tmpfs tmpfs "$scratch"
mkdir "$scratch"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=$1,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
cd "$scratch/root"
mkdir -p packages
mount --bind "$2" packages
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs dev
for device in null zero full random urandom; do touch "dev/$device" && mount --bind "/dev/$device" "dev/$device"; done
mkdir dev/shm
exec env -i PATH=/usr/sbin:/usr/bin container=unshare chroot . /lib/systemd/systemd --system --log-target=null --show-status=no
