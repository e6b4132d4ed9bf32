WITH found AS MATERIALIZED (
    SELECT
        id, sku, product_name, variation_name, marketplace, store_id, sync_rule_id,
        last_sync_status, last_sync_quantity, last_sync_reason, last_sync_at,
        row_number() OVER (ORDER BY last_sync_at DESC, id DESC) AS place
    FROM store_sku
    WHERE merchant_id = $1 AND last_sync_status = 'FAILED'
    ORDER BY last_sync_at DESC, id DESC
    LIMIT 51
)
SELECT (json_object('storeSkus', json_object(
    'nodes', (
        SELECT coalesce(json_group_array(json_object(
            'id', '~i5:' || hex(f.id), 'sku', f.sku, 'productName', f.product_name, 'variationName', f.variation_name,
        'store', json_object('name', st.name, 'marketplace', st.marketplace),
        'components', (
            SELECT coalesce(json_group_array(json_object(
                'quantity', m.quantity,
                'warehouseSku', json_object('sku', w.sku, 'name', w.name)
            ) ORDER BY m.position), json('[]'))
            FROM mapping m
            JOIN warehouse_sku w ON w.merchant_id = m.merchant_id AND w.id = m.warehouse_sku_id
            WHERE m.merchant_id = $1 AND m.store_sku_id = f.id
        ),
        'syncRule', CASE WHEN r.id IS NOT NULL THEN json_object('name', r.name) END,
        'lastSync', CASE WHEN f.last_sync_status IS NOT NULL THEN json_object(
            'status', f.last_sync_status, 'quantity', f.last_sync_quantity,
            'reason', f.last_sync_reason, 'at', f.last_sync_at
        ) END
        ) ORDER BY f.place), json('[]'))
        FROM found f
        JOIN store st ON st.merchant_id = $1 AND st.id = f.store_id
        LEFT JOIN sync_rule r ON r.merchant_id = $1 AND r.id = f.sync_rule_id
        WHERE f.place <= 50
    ),
    'pageInfo', json_object(
        'hasNextPage', json((SELECT iif(count(*) > 50, 'true', 'false') FROM found)),
        'endCursor', (SELECT '~c11:' || hex(id) || '|' || last_sync_at FROM found WHERE place <= 50 ORDER BY place DESC LIMIT 1)
    )
)))
