//! A small made-up host in a scratch directory.

use std::path::Path;

use collect::Options;
use wire::state::State;

/// A root directory that is filled file by file.
pub(crate) struct Image(tempfile::TempDir);

impl Image {
    pub(crate) fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A Debian host with everything but a kernel package and DMI.
    pub(crate) fn debian() -> Self {
        Self::empty()
            .with("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n")
            .with("etc/machine-id", "canary0machine0id0canary00000000\n")
            .with("proc/sys/kernel/hostname", "canary-host\n")
            .with("proc/sys/kernel/ostype", "Linux\n")
            .with("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n")
            .with("proc/sys/kernel/version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)\n")
            .with("proc/sys/kernel/arch", "x86_64\n")
            .with("proc/cpuinfo", "processor\t: 0\nmodel name\t: Example CPU\n\nprocessor\t: 1\nmodel name\t: Example CPU\n")
            .with("proc/meminfo", "MemTotal:        1024 kB\n")
            .with("sys/devices/system/cpu/online", "0-1\n")
            .with("sys/block/sda/size", "2048\n")
            .with("sys/block/sda/removable", "0\n")
            .with("sys/block/sda/queue/rotational", "1\n")
            .with("sys/block/sda/device/model", "Example Disk   \n")
            .with("sys/block/loop0/size", "2048\n")
            .with("sys/block/sr0/size", "2048\n")
            .with("sys/block/sr0/removable", "1\n")
            .with("sys/block/sr0/device/model", "DVD\n")
            .with("sys/class/net/lo/type", "772\n")
            .with("sys/class/net/eth0/type", "1\n")
            .with("sys/class/net/eth0/ifindex", "2\n")
            .with("sys/class/net/eth0/flags", "0x1003\n")
            .with("sys/class/net/eth0/operstate", "up\n")
            .with("sys/class/net/eth0/address", "02:00:5e:10:00:01\n")
            .with("var/lib/dpkg/info/bash.list", "/.\n")
            .with(
                "var/lib/dpkg/status",
                "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nSource: bash (5.2.15-2)\nVersion: 5.2.15-2+b2\n\n\
                 Package: libc6\nStatus: install ok installed\nMulti-Arch: same\nArchitecture: amd64\nSource: glibc\nVersion: 2.36-9+deb12u3\n\n\
                 Package: tzdata\nStatus: hold ok installed\nArchitecture: all\nVersion: 2024a-0+deb12u1\n",
            )
    }

    pub(crate) fn with(self, path: &str, text: &str) -> Self {
        self.with_bytes(path, text.as_bytes())
    }

    pub(crate) fn with_bytes(self, path: &str, bytes: &[u8]) -> Self {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    pub(crate) fn without(self, path: &str) -> Self {
        let path = self.0.path().join(path);
        if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }.unwrap();
        self
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn collect(&self) -> State {
        self.collect_with(|_| {})
    }

    pub(crate) fn collect_with(&self, change: impl FnOnce(&mut Options)) -> State {
        let mut options = Options { root: self.path().to_owned(), ..Options::default() };
        change(&mut options);
        collect::collect(&options).unwrap()
    }
}
