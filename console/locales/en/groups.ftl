# Groups of devices: the list, the form, the query and the choice by hand.

devices-views = Devices and their groups
devices-all = All devices
groups-title = Groups of devices
groups-short = Groups
groups-intro = A group filters lists and stands in other groups' queries.
groups-none = There is no group yet
groups-none-detail = A query, such as “os:debian and label:env=prod”, keeps a group up to date by itself; or choose its devices by hand.
group-name = Name
group-kind = How it gets its devices
group-kind-short = Kind
group-kind-query = By query
group-kind-query-note = Every device that fits, also one that joins later.
group-kind-manual = By hand
group-kind-manual-note = The devices that you tick, until you change them.
group-selector = Query
group-selector-note = Conditions with “and”, “or”, “not” and brackets. A retired device is left out unless “status:retired” asks for it.
selector-group = is the group “{ $name }”.
group-new = New group
group-make = Make a group
group-saved = The group { $name } is saved.
group-delete = Delete
group-delete-ask = Delete the group { $name }?
group-delete-detail = Its devices stay. What filters by this group finds nothing any more. This cannot be undone.
group-deleted = The group { $name } is deleted.
group-devices-of =
    { $count ->
        [one] { $devices } device of { $name }
       *[other] { $devices } devices of { $name }
    }
filter-to-group = Make a group of these

condition-add = Add a condition
condition-field = Condition
condition-by-label = Label
condition-by-os = System
condition-by-name = Name contains
condition-by-status = Status
condition-by-group = Group
condition-by-all = Every device
condition-holds = Holds
condition-is = is
condition-is-not = is not
condition-value = Value
condition-add-first = Add
condition-and = And
condition-or = Or

preview = Devices that match
preview-nothing = Write a query to see which devices match
preview-wrong = The query cannot be read yet
preview-count =
    { $count ->
        [one] { $devices } device
       *[other] { $devices } devices
    }
preview-more =
    { $count ->
        [one] more than { $devices } device
       *[other] more than { $devices } devices
    }

members = Devices of the group
members-filter = Filter of the devices to choose from
members-count = { $devices } chosen
members-none = No chosen device matches
members-only = Only the chosen ones
members-add-shown = Choose the { $devices } shown
