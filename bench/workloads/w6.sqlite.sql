WITH found AS MATERIALIZED (
    SELECT *, row_number() OVER (ORDER BY last_sync_at DESC, id DESC) AS place FROM (
        SELECT id, sku, name, is_marked_short, last_sync_status, last_sync_quantity, last_sync_reason, last_sync_at
        FROM warehouse_sku
        WHERE merchant_id = $1
        ORDER BY last_sync_at DESC, id DESC
        LIMIT 51
    ) newest
)
SELECT (json_object('warehouseSkus', json_object(
    'nodes', (
        SELECT coalesce(json_group_array(json_object(
            'id', '~i4:' || hex(f.id), 'sku', f.sku, 'name', f.name, 'isMarkedShort', json(iif(f.is_marked_short, 'true', 'false')),
            'lastSync', CASE WHEN f.last_sync_status IS NOT NULL THEN json_object(
            'status', f.last_sync_status, 'quantity', f.last_sync_quantity,
            'reason', f.last_sync_reason, 'at', f.last_sync_at
        ) END,
            'storeSkus', json_object('nodes', (
                SELECT coalesce(json_group_array(json_object(
                    'id', '~i5:' || hex(s.id), 'sku', s.sku, 'store', json_object('name', st.name, 'marketplace', st.marketplace),
                    'lastSync', CASE WHEN s.last_sync_status IS NOT NULL THEN json_object(
                        'status', s.last_sync_status, 'quantity', s.last_sync_quantity, 'at', s.last_sync_at
                    ) END
                ) ORDER BY s.last_sync_at DESC, s.id DESC), json('[]'))
                FROM (
                    SELECT s.*
                    FROM mapping m
                    CROSS JOIN store_sku s ON s.merchant_id = $1 AND s.id = m.store_sku_id
                    WHERE m.merchant_id = $1 AND m.warehouse_sku_id = f.id
                    ORDER BY +s.last_sync_at DESC, s.id DESC
                    LIMIT 10
                ) s
                JOIN store st ON st.merchant_id = $1 AND st.id = s.store_id
            ))
        ) ORDER BY f.place), json('[]'))
        FROM found f
        WHERE f.place <= 50
    ),
    'pageInfo', json_object(
        'hasNextPage', json((SELECT iif(count(*) > 50, 'true', 'false') FROM found)),
        'endCursor', (SELECT '~c21:' || hex(id) || '|' || last_sync_at FROM found WHERE place <= 50 ORDER BY place DESC LIMIT 1)
    )
)))
