"""
The domain's accounts and groups. As a program it makes them, on the controller and in its database itself, before the
server runs there.
"""

from bench import PASSWORD, USER

OTHER_USER = "bob"
DISABLED, EXPIRED, MUST_CHANGE, NO_HOUR, LOCKED, RENAMED = "carol", "dave", "erin", "frank", "grace", "heidi"
OTHER_USERS_NAME = "robert@sales.example"  # its UPN
# LOCKED is so after as many wrong passwords.
LOCKOUT_THRESHOLD = 5
# Alice is in the first and the last; the first is in the second, and the last is of this domain alone.
GROUP, GROUP_OF_GROUPS, GROUP_OF_DOMAIN = "operators", "everybody in operation", "here"


def main() -> None:
    import ldb
    from samba.auth import system_session
    from samba.dsdb import GTYPE_SECURITY_DOMAIN_LOCAL_GROUP
    from samba.param import LoadParm
    from samba.samdb import SamDB

    parameters = LoadParm()
    parameters.load_default()
    database = SamDB(lp=parameters, session_info=system_session())

    def change(name, attribute: str, value: str | bytes) -> None:
        message = ldb.Message(name)
        message[attribute] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, attribute)
        database.modify(message)

    def user_name(user: str):
        return ldb.Dn(database, f"CN={user},CN=Users,{database.domain_dn()}")

    for user in (USER, OTHER_USER, DISABLED, EXPIRED, NO_HOUR, LOCKED, RENAMED):
        database.newuser(user, PASSWORD)
    database.newuser(MUST_CHANGE, PASSWORD, force_password_change_at_next_login_req=True)
    for group, member, kind in ((GROUP, USER, None), (GROUP_OF_GROUPS, GROUP, None),
                                (GROUP_OF_DOMAIN, USER, GTYPE_SECURITY_DOMAIN_LOCAL_GROUP)):
        database.newgroup(group, grouptype=kind)
        database.add_remove_group_members(group, [member])
    database.disable_account(f"(sAMAccountName={DISABLED})")
    change(user_name(EXPIRED), "accountExpires", "1")
    change(user_name(NO_HOUR), "logonHours", bytes(21))
    change(user_name(OTHER_USER), "userPrincipalName", OTHER_USERS_NAME)
    change(ldb.Dn(database, database.domain_dn()), "lockoutThreshold", str(LOCKOUT_THRESHOLD))


if __name__ == "__main__":
    main()
