WITH found AS MATERIALIZED (
    SELECT *, row_number() OVER (ORDER BY id DESC) AS place FROM (
        SELECT
            id, created_at, status, reason, reference, warehouse_id, warehouse_sku_id, sync_rule_id,
            quantity_before, movement, quantity_after, rule_name, failure_code, failure_message, attempt_count
        FROM sync_record
        WHERE merchant_id = $1 AND store_sku_id = $2
        ORDER BY id DESC
        LIMIT 51
    ) newest
)
SELECT (json_build_object('node', json_build_object(
    'id', '~i5:' || s.id, 'sku', s.sku, 'productName', s.product_name,
    'store', json_build_object('name', st.name),
    'syncRecords', json_build_object(
        'nodes', (
            SELECT coalesce(json_agg(json_build_object(
                'id', '~i8:' || f.id, 'createdAt', f.created_at, 'status', f.status, 'reason', f.reason, 'reference', f.reference,
                'warehouse', CASE WHEN w.id IS NOT NULL THEN json_build_object('name', w.name) END,
                'warehouseSku', CASE WHEN a.id IS NOT NULL THEN json_build_object('sku', a.sku, 'name', a.name) END,
                'syncRule', CASE WHEN r.id IS NOT NULL THEN json_build_object('name', r.name) END,
                'quantityBefore', f.quantity_before, 'movement', f.movement, 'quantityAfter', f.quantity_after, 'ruleName', f.rule_name,
                'failureReason', CASE WHEN f.failure_code IS NOT NULL THEN json_build_object(
                    'code', f.failure_code, 'title', {title}, 'isRetryable', {retryable}
                ) END,
                'failureMessage', f.failure_message, 'attemptCount', f.attempt_count
            ) ORDER BY f.place), '[]'::json)
            FROM found f
            LEFT JOIN warehouse w ON w.merchant_id = $1 AND w.id = f.warehouse_id
            LEFT JOIN warehouse_sku a ON a.merchant_id = $1 AND a.id = f.warehouse_sku_id
            LEFT JOIN sync_rule r ON r.merchant_id = $1 AND r.id = f.sync_rule_id
            WHERE f.place <= 50
        ),
        'pageInfo', json_build_object(
        'hasNextPage', (SELECT count(*) > 50 FROM found),
        'endCursor', (SELECT '~c31:' || id FROM found WHERE place <= 50 ORDER BY place DESC LIMIT 1)
    )
    )
)))::text
FROM store_sku s
JOIN store st ON st.merchant_id = $1 AND st.id = s.store_id
WHERE s.merchant_id = $1 AND s.id = $2
