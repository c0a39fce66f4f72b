"""The table of rights of what people are told and where: each person's own, whoever they are."""

from tests.permission_rows import Row, form, lists, many, posts, reads

NOTIFICATIONS: dict[str, Row] = {
    "core:notification_list": lists(),
    "core:notification_preferences": form("", "*"),
    "core:device_list": form("", "*"),
    "core:device_remove": posts("push_device", "*"),
    "core:push_worker": reads(),
    "core:notification_open": reads("notification"),
    "api:push_device-list": many("*"),
    "api:push_device-detail": Row("push_device", {"GET": "*", "DELETE": "*"}),
    "api:notification_preference-list": many("*"),
    "api:notification_preference-detail": reads("preference"),
    "api:notification-list": reads(),
    "api:notification-read-all": posts("", "*"),
    "api:notification-detail": reads("notification"),
    "api:notification-read": posts("notification", "*"),
}
