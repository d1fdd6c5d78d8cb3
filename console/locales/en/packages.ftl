# Packages of a device and of the fleet, and their updates.

packages-title = Packages
packages-intro = What is installed across the fleet, and how much is known of its updates.
packages-filter = Filter of the packages
packages-search = Search by name
packages-none = No packages have been reported yet
packages-none-match = No package matches
package-name = Package
package-version = Version
package-versions = Versions
package-candidate = Update
package-architecture = Arch.
package-source = Source
package-installed = Installed
package-manager = Manager
package-devices = Devices that have it
package-held = held
package-incomplete = incomplete
package-no-candidate = no update known
pending-any = With an update
pending-security = With a security update
security = security
security-long = security update

updates-standing = Updates across the fleet
updates-pending = Pending updates
updates-security = Security updates
updates-devices = Devices with updates
updates-devices-security = With security updates
updates-lists-stale = With old package lists
updates-lists-stale-note =
    { $count ->
        [one] The package lists of { $count } device are old: that it has no updates cannot be said.
       *[other] The package lists of { $count } devices are old: that they have no updates cannot be said.
    }
ages-title = Age of the package lists
ages-note = Devices by when they last fetched their lists; “no updates” from an old list is no answer
age = Age
age-day = up to a day
age-week = up to a week
age-month = up to a month
age-older = older
age-unknown = unknown
