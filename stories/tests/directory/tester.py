"""Runs scim2-tester against a server: address, credential and authority as arguments. Prints one JSON object a check."""

import json
import ssl
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import check_server

address, credential, authority = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)
http = Client(base_url=address, headers={"Authorization": f"Bearer {credential}"}, verify=context, timeout=30, trust_env=False)
for result in check_server(SyncSCIMClient(http)):
    told = {
        "check": result.title,
        "of": result.resource_type,
        "status": result.status.name,
        "reason": result.reason,
    }
    if result.status.name not in ("SUCCESS", "SKIPPED"):
        told["data"] = repr(result.data)[:2000]
    print(json.dumps(told))
