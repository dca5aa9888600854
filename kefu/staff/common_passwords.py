"""Passwords that are tried first by whoever guesses, in lower case."""

from __future__ import annotations

from typing import Final

__all__ = ["COMMON"]

COMMON: Final = frozenset(
    """
    0000000000 0123456789 0987654321 1111111111 1122334455 112233445566 123123123123 1234512345
    123456123456 1234567890 1234567890a 1234567891 12345678910 123456789a 123456789abc
    123456789q 123456789qwe 123456abcdef 123456asdfgh 123456qwerty 123qweasdzxc 1357924680
    1472583690 147258369a 147852369a 1a2b3c4d5e 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc
    1qaz@wsx3edc 5201314woaini 6666666666 7894561230 8888888888 9876543210 9999999999 a123456789
    a1b2c3d4e5 a1b2c3d4e5f6 aa123456789 aaaaaaaaaa abc1234567 abc123456789 abc123abc123
    abcabcabcabc abcd123456 abcd12345678 abcdef123456 admin12345 admin123456 admin1234567
    admin123admin admin@12345 adminadmin adminadmin1 administrator agent12345 agent123456
    aini1314520 alibaba123 asd1234567 asd123456789 asdasdasdasd asdf1234asdf asdfghjkl1
    asdfghjkl123 autumn2025 autumn2026 baseball123 batman12345 beijing123 beijing2008 callcenter
    callcenter1 callcenter123 changeme changeme123 changeme1234 chelsea12345 company123
    company1234 computer123 correcthorsebatterystaple customer123 customer1234 customerservice
    default123 default1234 dragon12345 football123 freedom123 guangzhou123 guest123456 helpdesk
    helpdesk123 helpdesk1234 huanying123 iloveyou iloveyou123 iloveyou1234 iloveyou520
    internet123 jordan23jordan kefu123456 kefu12345678 kefu88888888 kefu@123456 kefukefu
    kefukefu123 kefuzhongxin letmein letmein123 letmein1234 letmein12345 liverpool123
    master123456 michael123 monkey12345 mypassword mypassword1 mypassword123 newpassword
    newpassword1 newpassword123 p@ssw0rd p@ssw0rd1 p@ssw0rd123 p@ssword123 pa$$word123
    pass123456 pass1234567 passpasspass passw0rd passw0rd123 password password1 password12
    password123 password1234 pokemon123 princess123 q123456789 q1w2e3r4t5 q1w2e3r4t5y6
    qazwsx123456 qazwsxedcrfv qq123456789 qq1234567890 qwe1234567 qwe123456789 qwe123qwe123
    qweasd123456 qweasdzxc123 qweqweqweqwe qwer1234asdf qwerty1234 qwerty12345 qwerty123456
    qwertyuiop qwertyuiop123 root123456 rootroot123 secret1234 secret12345 service123
    service1234 shadow12345 shanghai123 shenzhen123 spring2025 spring2026 starwars123 summer2024
    summer2025 summer2026 sunshine123 superman123 support123 support1234 taobao123456 temp123456
    tencent123 test123456 test1234567 test1234test testtest123 thisismypassword trustno1trustno1
    user123456 user1234567 w123456789 wechat123456 weixin123456 welcome welcome123 welcome1234
    welcome2024 welcome2025 welcome2026 whatever123 winter2024 winter2025 winter2026
    woaini123456 woaini1314 woaini1314520 woaini5201314 yourpassword z123456789 zaq12wsxcde3
    zhongguo123 zhongguo1949 zxc123456789 zxcvbnm123 zxcvbnm1234
    """.split()  # noqa: SIM905 - a list would take a line a word
)
"""Those of ten characters or more, and words that stay guessable with a few digits behind them."""
