// Tab 1 as a Relay application has it: a fragment that pages by itself, a row, a details list, a resync with an optimistic
// answer, and a subscription. Only the compiler reads this; it shows that the schema is one that Relay takes.
import { graphql } from 'react-relay';

export const tab = graphql`
  query StoreSkuTabQuery($filter: StoreSkuFilter, $orderBy: StoreSkuOrder) {
    ...StoreSkuTab_rows @arguments(filter: $filter, orderBy: $orderBy)
  }
`;

export const rows = graphql`
  fragment StoreSkuTab_rows on Query
  @refetchable(queryName: "StoreSkuTabPageQuery")
  @argumentDefinitions(
    filter: { type: "StoreSkuFilter" }
    orderBy: { type: "StoreSkuOrder" }
    first: { type: "Int", defaultValue: 50 }
    after: { type: "String" }
    last: { type: "Int" }
    before: { type: "String" }
  ) {
    storeSkus(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before)
      @connection(key: "StoreSkuTab_storeSkus") {
      totalCount
      edges {
        node {
          id
          ...StoreSkuTab_row
        }
      }
    }
  }
`;

export const row = graphql`
  fragment StoreSkuTab_row on StoreSku {
    sku
    productName
    variationName
    lastSync {
      status
      quantity
      at
      record {
        id
        failureReason {
          title
          remedy
        }
      }
    }
  }
`;

// Refetched by `node(id)`.
export const details = graphql`
  fragment StoreSkuTab_details on StoreSku
  @refetchable(queryName: "StoreSkuTabDetailsQuery")
  @argumentDefinitions(first: { type: "Int", defaultValue: 50 }, after: { type: "String" }) {
    syncRecords(first: $first, after: $after) @connection(key: "StoreSkuTab_syncRecords") {
      edges {
        node {
          id
          status
          quantityAfter
          createdAt
        }
      }
    }
  }
`;

export const resync = graphql`
  mutation StoreSkuTabResyncMutation($input: ResyncInput!, $connections: [ID!]!) @raw_response_type {
    resync(input: $input) {
      manualSync @prependNode(connections: $connections, edgeTypeName: "ManualSyncEdge") {
        id
        status
        syncRecords(first: 100) {
          nodes {
            id
            storeSku {
              id
              ...StoreSkuTab_row
            }
          }
        }
      }
      userErrors {
        field
        message
        code
      }
    }
  }
`;

export const steps = graphql`
  subscription StoreSkuTabSubscription($filter: SyncRecordFilter, $after: String) {
    syncStatusChanged(filter: $filter, after: $after) {
      cursor
      version
      record {
        id
        status
        storeSku {
          id
          ...StoreSkuTab_row
        }
      }
    }
  }
`;
