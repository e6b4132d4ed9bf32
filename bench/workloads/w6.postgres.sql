WITH found AS MATERIALIZED (
    SELECT *, row_number() OVER (ORDER BY last_sync_at DESC, id DESC) AS place FROM (
        SELECT id, sku, name, is_marked_short, last_sync_status, last_sync_quantity, last_sync_reason, last_sync_at
        FROM warehouse_sku
        WHERE merchant_id = $1
        ORDER BY last_sync_at DESC, id DESC
        LIMIT 51
    ) newest
)
SELECT (json_build_object('warehouseSkus', json_build_object(
    'nodes', (
        SELECT coalesce(json_agg(json_build_object(
            'id', '~i4:' || f.id, 'sku', f.sku, 'name', f.name, 'isMarkedShort', f.is_marked_short,
            'lastSync', CASE WHEN f.last_sync_status IS NOT NULL THEN json_build_object(
            'status', f.last_sync_status, 'quantity', f.last_sync_quantity,
            'reason', f.last_sync_reason, 'at', f.last_sync_at
        ) END,
            'storeSkus', json_build_object('nodes', (
                SELECT coalesce(json_agg(json_build_object(
                    'id', '~i5:' || s.id, 'sku', s.sku, 'store', json_build_object('name', st.name, 'marketplace', st.marketplace),
                    'lastSync', CASE WHEN s.last_sync_status IS NOT NULL THEN json_build_object(
                        'status', s.last_sync_status, 'quantity', s.last_sync_quantity, 'at', s.last_sync_at
                    ) END
                ) ORDER BY s.last_sync_at DESC, s.id DESC), '[]'::json)
                FROM (
                    SELECT s.*
                    FROM mapping m
                    JOIN store_sku s ON s.merchant_id = $1 AND s.id = m.store_sku_id
                    WHERE m.merchant_id = $1 AND m.warehouse_sku_id = f.id
                    ORDER BY s.last_sync_at DESC, s.id DESC
                    LIMIT 10
                ) s
                JOIN store st ON st.merchant_id = $1 AND st.id = s.store_id
            ))
        ) ORDER BY f.place), '[]'::json)
        FROM found f
        WHERE f.place <= 50
    ),
    'pageInfo', json_build_object(
        'hasNextPage', (SELECT count(*) > 50 FROM found),
        'endCursor', (SELECT '~c21:' || id || '|' || to_char(last_sync_at, 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00') FROM found WHERE place <= 50 ORDER BY place DESC LIMIT 1)
    )
)))::text
