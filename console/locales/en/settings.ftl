# Settings: the organisation, enrolment and tokens.

settings-title = Settings
settings-tabs = Parts of the settings
settings-organisation = Organisation
settings-enrolment = Enrolment
settings-tokens = Tokens
settings-browser = This browser
settings-browser-note = Kept here, for you alone.
settings-name = Name of the organisation
settings-stale = A device is stale after (hours)
settings-stale-note = Without a report for { $time }.
settings-lost = A device is lost after (days)
settings-lost-note = Without a report for { $time }.
settings-lost-after-stale = A device must become stale before it is lost.
settings-saved = The settings are saved.

enrolment-new = Enrol devices
enrolment-new-note = A token lets devices join. Give it a name that tells what it is for.
enrolment-tokens = Enrolment tokens
enrolment-none = There is no enrolment token
enrolment-make = Make an enrolment command
enrolment-command = Commands to run on the device
enrolment-run = Run both in a root shell on each device that is to join; purser-agent must be installed there with its user and its unit. It enrols as its own user, not as root: so its folder stays its own, and the device is recognised later.
enrolment-once =
    { $hours ->
        [one] It works once, within one hour, and is not shown again.
       *[other] It works once, within { $hours } hours, and is not shown again.
    }
enrolment-first-name = First device
uses-max = Devices at most
uses-any = any number
uses-of = { $uses } of { $most } uses
uses-count =
    { $count ->
        [one] used once
       *[other] used { $count } times
    }

token-new = Make a token
token-new-note = For programs. The secret is shown once.
token-name = Name
token-kind = Kind
token-kind-api = API
token-kind-telemetry = Telemetry
token-kind-api-note = Reads and changes what its permissions allow; it can never report as a device.
token-kind-telemetry-note = Reports states and can read nothing at all.
token-permissions = Permissions
token-make = Make the token
token-secret-of = Secret of { $name }
token-revoke = Revoke
token-revoke-of = Revoke { $name }
token-revoke-ask = Revoke { $name }?
token-revoke-detail = Whatever uses it stops working at once. This cannot be undone.
token-revoked = { $name } is revoked.
tokens-none = There is no token
secret-once = Copy this now: it is not shown again
expires = expires { $date }
expires-after = Expires after
expires-never = does not expire
expired = expired
last-used = last used
days =
    { $count ->
        [one] { $count } day
       *[other] { $count } days
    }
permission-devices-read = read devices
permission-devices-write = change devices
permission-inventory-read = read reports
permission-people-read = see people and their roles
permission-vulnerabilities-read = read vulnerabilities
permission-feeds-read = see feeds
permission-feeds-manage = manage feeds
permission-enrolment-manage = manage enrolment
permission-erasure-manage = erase devices, users and the organisation
permission-settings-manage = change settings
permission-tokens-manage = manage tokens
