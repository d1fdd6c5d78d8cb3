# Devices: the list and one device's page.

devices-title = Devices
devices-intro = Every machine that reports to this organisation.
devices-summary = Devices by status
devices-total = In service
devices-filter = Filter of the devices
devices-search = Search by name
devices-none = No device has joined yet
devices-none-detail = Install purser-agent on a machine, then run one command there. Its packages appear within a minute.
devices-none-match = No device matches
devices-count =
    { $count ->
        [one] { $count } device
       *[other] { $count } devices
    }

status-fresh = Fresh
status-stale = Stale
status-lost = Lost
status-retired = Retired

device-name = Name
device-status = Status
device-os = System
device-group = Group
device-label = Label
device-labels = Labels
device-packages = Packages
device-updates = Updates
device-last-seen = Last seen
device-id = Id
device-enrolled = Enrolled
device-identity = Identity
device-standing = How this device stands
device-cves = Vulnerabilities
device-tabs = Parts of this device
device-system = System
device-hardware = Hardware
device-network = Network
see-answer = see the answer below
security-count-short = { $count } security
updates-security-count =
    { $count ->
        [one] { $count } security update is pending
       *[other] { $count } security updates are pending
    }

device-is-retired = This device is retired
device-is-retired-detail = Its reports are refused and it counts in no total. What it sent is kept until the retention ends.
device-is-clone = This device is a copy of another
device-is-clone-detail = It was made from the image of a device that had already joined. Both are kept apart since; the other one is
device-retire = Retire
device-retire-ask = Retire { $name }?
device-retire-detail = Its reports will be refused and it leaves every count and list. You can restore it later.
device-retire-done = { $name } is retired.
device-restore = Restore
device-restore-ask = Restore { $name }?
device-restore-detail = Its reports will be taken again, and it returns to every count and list.
device-restore-done = { $name } is restored.

tab-overview = Overview
tab-packages = Packages
tab-vulnerabilities = Vulnerabilities
tab-updates = Pending updates
tab-history = History
tab-sent = What was sent

labels = Labels
labels-none = No labels
labels-more =
    { $count ->
        [one] and { $count } more label
       *[other] and { $count } more labels
    }
labels-edit = Edit the labels
labels-saved = The labels are saved.
label-add = Add a label
label-name = Name of label { $number }
label-name-short = name
label-value = Value of label { $number }
label-value-short = value
label-remove = Remove label { $number }

kernel-booted = Running kernel
kernel-package = Kernel's package
machine = Architecture
model = Model
processor = Processor
processor-count = Logical processors
memory = Memory
disks = Disks
serial-number = Serial number
link-up = up
link-down = down
network-none = No network interface but the loopback one.
not-seen = not seen
os-not-collected = system not collected
inspect-title = Your own copy
inspect-detail = The host keeps a copy of exactly what it sends. Compare it with what the server holds:

not-collected = not collected
not-collected-kind = Not collected: { $kind }
not-collected-switched-off = The host's own file switches this off. What the server held of it has been erased. It does not mean that there is none.
not-collected-not-seen = The agent could not see this; “What was sent” says why. It does not mean that there is none.
not-collected-no-report-yet = The device has not sent a report yet.
kind-host-name = host name
kind-os = operating system
kind-kernel = running kernel
kind-hardware = hardware
kind-network = network
kind-packages = packages
kind-updates = pending updates
lost-without-host-name = Without it the device goes by its id in lists and searches.
lost-without-os = Without it no advisory can be matched, so the device counts as not covered, and never as free of vulnerabilities.
lost-without-kernel = Without it vulnerabilities of the running kernel are not judged; the answer says so.
lost-without-hardware = Without it the console shows no model, memory or disks; nothing else is made of it.
lost-without-network = Without it the console shows no interfaces and addresses; nothing else is made of it.
lost-without-packages = Without them no advisory can be matched and no update is known, so the device counts as not covered, and never as free of vulnerabilities.
lost-without-updates = Without them nobody sees what could be installed now, nor whether a fix is at hand.

history-at = When
history-change = Change
history-versions = Version
history-to = to
history-note = Found by comparing reports; nothing is ever overwritten.
gaps = Missing reports
gaps-note = Reports that the device made and that did not arrive. One that it dropped itself, because the server refused it or too many waited, never comes. What it did meanwhile is in no report; the state is that of the newest one.
gaps-since = Last report before
gaps-noticed = Noticed
gaps-numbers = Numbers
gaps-closed = Came later
gaps-open = missing
gaps-dropped = dropped by the device
history-none = Nothing has changed yet
history-none-detail = Installed, upgraded and removed packages will be listed here from the second report on.
change-added = Added
change-removed = Removed
change-upgraded = Upgraded
change-downgraded = Downgraded
change-changed = Changed

updates-title =
    { $count ->
        [one] { $count } pending update
       *[other] { $count } pending updates
    }
updates-none = No updates are pending
update-installed = Installed
update-archive = Archive
lists-fetched = The host fetched its package lists
lists-stale = The host's package lists are old
lists-stale-none = “No updates” cannot be said: the host's package lists are old
lists-stale-detail = Updates published since then are not known. Refresh the lists on the host, as with “apt-get update”.
lists-unknown = The age of the host's package lists is not known
lists-unknown-none = “No updates” cannot be said: the host has no package lists
lists-unknown-detail = Refresh the lists on the host, as with “apt-get update”; the next report will tell.

sent-copy = The copy that the server holds
sent-nothing = This device has not sent a report yet
sent-collected = Collected
sent-received = Received
sent-size = Size
sent-gaps = Transmissions lost on the host
sent-digest = SHA-256 of the state
sent-digest-note = Equal to the SHA-256 of the inspection copy on the host, unless the host has sent since: sha256sum inspection-copy.json
sent-digest-confirmed = This browser computed it again from the state below: it is the same.
sent-digest-differs = This browser computed another one from the state below: { $found }
sent-save = Save as a file
sent-left-out = What is left out
sent-all = Nothing: every kind is collected and everything could be seen.
sent-switched-off = switched off in the host's own file
sent-state = The state
sent-state-note = Every field that the server knows of this host.
tree-entries =
    { $count ->
        [one] { $count } entry
       *[other] { $count } entries
    }
tree-more =
    { $count ->
        [one] Show { $count } more
       *[other] Show { $count } more
    }
blind-permission-denied = the agent's user may not read it
blind-not-present = this host has no such thing
blind-not-understood = in a form that the agent does not understand
blind-too-large = past a limit
blind-tool-failed = the tool that lists it failed
blind-own-system-id = left out because the host uses its own system id

receipts = Receipts
receipts-note = One for every transmission.
receipts-none = There is no receipt yet.
receipt-received = Received
receipt-number = Receipt
receipt-carried = Content
carried-full = whole state
carried-delta = changes
carried-check-in = unchanged
carried-late = too late
receipt-sequence = Number
receipt-schema = Schema
