"""Run with HubSpot's own client: ask a server as that does, and print what its models made of the answers.

``python ask_hubspot.py ADDRESS TOKEN COMPANY``; the models refuse answers that lack what HubSpot's specification needs.
"""

import json
import sys

from hubspot import HubSpot
from hubspot.crm.associations.v4 import (
    BatchInputPublicFetchAssociationsBatchRequest,
    PublicFetchAssociationsBatchRequest,
)
from hubspot.crm.companies import (
    BatchInputSimplePublicObjectBatchInput,
    BatchReadInputSimplePublicObjectId,
    Filter,
    FilterGroup,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInput,
    SimplePublicObjectId,
)


def main(address, token, company):
    client = HubSpot(access_token=token, host=address)
    companies = client.crm.companies
    listed = companies.basic_api.get_page(limit=2, properties=["name"], archived=False)
    found = companies.search_api.do_search(
        PublicObjectSearchRequest(
            filter_groups=[FilterGroup(filters=[Filter(property_name="hs_object_id", operator="GT", value="0")])],
            sorts=[{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            properties=["name"],
            limit=3,
            after=0,
        )
    )
    read = companies.batch_api.read(
        BatchReadInputSimplePublicObjectId(
            inputs=[SimplePublicObjectId(id=company)], properties=["name"], properties_with_history=["hubspot_owner_id"]
        )
    )
    written = companies.batch_api.update(
        BatchInputSimplePublicObjectBatchInput(
            inputs=[SimplePublicObjectBatchInput(id=company, properties={"hubspot_owner_id": "12"})]
        )
    )
    linked = client.crm.associations.v4.batch_api.get_page(
        "companies",
        "deals",
        BatchInputPublicFetchAssociationsBatchRequest(inputs=[PublicFetchAssociationsBatchRequest(id=company)]),
    )
    owners = client.crm.owners.owners_api.get_page(limit=500, archived=True)
    stages = client.crm.pipelines.pipelines_api.get_all("deals")
    properties = client.crm.properties.core_api.get_all("companies")
    said = {
        "listed": [one.properties["name"] for one in listed.results],
        "after": listed.paging.next.after,
        "found": [one.id for one in found.results],
        "total": found.total,
        "history": [one.value for one in read.results[0].properties_with_history["hubspot_owner_id"]],
        "written": [one.id for one in written.results],
        "linked": sorted(str(to.to_object_id) for one in linked.results for to in one.to),
        "owners": [(one.id, one.archived) for one in owners.results],
        "stages": [(one.id, one.metadata["isClosed"]) for pipeline in stages.results for one in pipeline.stages],
        "properties": sorted(one.name for one in properties.results),
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
