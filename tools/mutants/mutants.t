#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Detection in real code: kernel code whose releases were right is made wrong, one
# release at a time, and GUP mirror has to say which and how. What has to be said is in
# "table". With $MUTANTS, only these; $ALSO names directories with further ones, which
# the kernel was built with.

set -euo pipefail
here=$(dirname "$0")
. "$here/../tests/tap.sh"
. "$here/../tests/vm.sh"
. "$here/../tests/suites.sh"

kernel=${MUTANTS_KERNEL:-$build/kernel-mutants}
need_kernel "$kernel" mutants-kernel

also=()
for dir in ${ALSO:-}; do
	also+=("$(cd "$dir" && pwd)")
done
# Disks whose drivers use the DMA API: /dev/nvme0n1, and /dev/vdb
disks=()
for name in nvme virtio; do
	mkdir -p "$build/tests"
	truncate -s 1M "$build/tests/mutants.$name"
	disks+=(--qemu -drive
		--qemu "file=$build/tests/mutants.$name,format=raw,if=none,id=$name,cache=unsafe")
done
# shellcheck disable=SC2016,SC2068,SC2086 # for the other shell; a word for each
vm mutants --kernel "$kernel" --timeout 1500 \
	--append "gup_mirror=all log_buf_len=4M kho=on liveupdate=on brd.rd_nr=3 brd.rd_size=65536" "${disks[@]}" \
	--qemu -device --qemu nvme,serial=1,drive=nvme \
	--qemu -device --qemu virtio-blk-pci,drive=virtio,addr=1e,disable-legacy=on,iommu_platform=on -- \
	bash -c 'exec "$@" > "$RESULTS/run.tap" 2>&1' run "$here/guest" ${also[@]/#/--also } ${MUTANTS:-}
# shellcheck disable=SC2154 # vm() sets it
forward mutants "$results/run.tap"
no_trouble mutants

rm -f "$build"/tests/mutants.{nvme,virtio}

if [ -s "$results/found" ]; then
	{
		printf 'mutant\tworkload\texpected\tsaid\n'
		cat "$results/found"
	} | column -t -s $'\t' | sed 's/^/# /'
fi
tap_done
