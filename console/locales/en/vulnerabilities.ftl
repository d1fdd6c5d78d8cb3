# Vulnerabilities: the answer about a device, the lists, one vulnerability's page.

severity = Severity
severities-none = The advisories tell no severity of them.
severity-worst = Worst severity
severity-unknown = Unknown
severity-low = Low
severity-medium = Medium
severity-high = High
severity-critical = Critical
cve = Vulnerability
cves = Vulnerabilities
kev = KEV
kev-title = Known to be exploited
kev-added = Known to be exploited since { $date }
kev-long = Exploitation
kev-since = Known to be exploited, listed by CISA since { $date }
kev-not = Not on CISA's list of exploited vulnerabilities
epss = EPSS
epss-percentile = EPSS percentile
profile = Distribution
exposed = Exposed
devices-exposed = Devices exposed
fixed-version = Fixed in
fix-none = no fix known
fix-available = fix available now
fix-waits = installed, waits for a reboot
fix-waits-short = reboot needed
finding-waits = Wait for a reboot
class-companion = kernel companion

answer-affected =
    { $count ->
        [0] Affected only in kernel companions
        [one] Affected by { $count } vulnerability
       *[other] Affected by { $count } vulnerabilities
    }
answer-affected-kev =
    { $count ->
        [0] None of them is known to be exploited.
        [one] { $count } of them is known to be exploited.
       *[other] { $count } of them are known to be exploited.
    }
answer-affected-fixable =
    { $count ->
        [0] For none of them is a fix among the pending updates.
        [one] For { $count } a fix is among the pending updates.
       *[other] For { $count } a fix is among the pending updates.
    }
answer-waits =
    { $count ->
        [one] { $count } is mended once the device reboots.
       *[other] { $count } are mended once the device reboots.
    }
answer-companions =
    { $count ->
        [one] { $count } vulnerability concerns only headers or tools of a kernel.
       *[other] { $count } vulnerabilities concern only headers or tools of a kernel.
    }
answer-see-list = See the list
answer-not-affected = Not affected
answer-not-affected-detail = Every installed package was compared with the advisories for this system; none matched.
answer-not-affected-partly = What was compared with the advisories for this system matches none of them. Not everything was.
answer-not-covered = Not covered
answer-not-covered-detail = No advisories speak for this device, so nothing can be said about its vulnerabilities.
answer-see-feeds = See the feeds

reason-kernel-not-collected = the booted kernel is not collected
reason-kernel-of-no-package = the booted kernel comes from no installed package: it is self-built, or that of the host around a container
reason-kernel-version-not-read = the booted kernel does not name the distribution's build that it is
reason-manager-not-supported = the advisories for this system do not speak of packages of this tool
reason-no-advisories = no advisories for this system are imported
reason-not-reported = no report has come yet
reason-os-not-collected = the operating system is not collected
reason-os-not-supported = no source of advisories is known for this system
reason-other-origin = of another origin than the distribution's release (a backport, a third party), whose versions the advisories do not know
reason-packages-not-collected = the packages are not collected
reason-version-not-read = an installed version cannot be ordered

packages-of-source =
    { $count ->
        [one] { $count } package
       *[other] { $count } packages
    }
findings-urgent = Look at these first
findings-urgent-note = Known to be exploited, then likely to be, then severe.
findings-software = Software
findings-companions = Kernel companions
findings-companions-note = Headers and tools built from the kernel's source. The running kernel is not what they are about.
findings-count =
    { $count ->
        [one] { $count } finding
       *[other] { $count } findings
    }
findings-shown = { $shown } of { $total } findings
findings-fixable-only = Fix available now only

vulnerabilities-title = Vulnerabilities
vulnerabilities-intro = What the imported advisories say about the packages that the fleet has.
vulnerabilities-views = Views
view-cves = By vulnerability
view-packages = By package
findings-filter = Filter of the vulnerabilities
findings-search = Search by vulnerability or package
findings-kev-only = Known to be exploited only
findings-with-companions = With kernel companions
findings-none-software = No software of a covered device is affected
findings-none-match = No vulnerability matches
findings-none =
    { $count ->
        [one] The one covered device is not affected
       *[other] None of the { $devices } covered devices is affected
    }
findings-none-but = That says nothing about the devices that are not covered.
findings-not-covered = Not covered
findings-not-covered-detail = No device is covered by imported advisories, so nothing can be said about vulnerabilities. Fetch a feed or import its file.
finding-what = Packages
finding-fix = Fix
finding-standing = How this vulnerability stands
finding-fixable = Fix available
finding-about = About
cvss = CVSS
finding-companions =
    { $count ->
        [one] { $count } more device has only headers or tools of this kernel, or a kernel that does not run.
       *[other] { $count } more devices have only headers or tools of this kernel, or a kernel that does not run.
    }
finding-no-details = The advisories give no description.
references = References
advisories = Advisories
vulnerable-packages-none = No package of a covered device is affected

coverage-all =
    { $count ->
        [one] The one device is covered by the imported advisories.
       *[other] All { $covered } devices are covered by the imported advisories.
    }
coverage-some = { $covered } of { $total } devices are covered
partly-packages =
    { $count ->
        [one] { $packages } package is not covered
       *[other] { $packages } packages are not covered
    }
partly-kernel = The kernel is not covered
partly-devices =
    { $count ->
        [one] { $devices } device
       *[other] { $devices } devices
    }
basis =
    { $count ->
        [one] Rests on { $advisories } advisory for { $ecosystem } ({ $feed }).
       *[other] Rests on { $advisories } advisories for { $ecosystem } ({ $feed }).
    }
basis-newest = The newest is of { $date }.
coverage-missing =
    { $count ->
        [one] { $devices } device is not covered
       *[other] { $devices } devices are not covered
    }

affected-title = Affected versions
affected-version = Version
affected-none = No version that the fleet has is affected
exposed-title =
    { $count ->
        [one] { $count } device exposed
       *[other] { $count } devices exposed
    }
exposed-none = No device is exposed
provenance = Where this comes from
provenance-note = Feed, time of import, and the document that said it.

exposure-title = Exposure over time
exposure-note =
    { $days ->
        [one] the last day
       *[other] the last { $days } days
    }
exposure-cves = Vulnerabilities
exposure-kev = of these known to be exploited
exposure-devices = Devices exposed (right scale)
day = Day
