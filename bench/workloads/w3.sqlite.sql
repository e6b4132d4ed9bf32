WITH found AS MATERIALIZED (
    SELECT *, row_number() OVER (ORDER BY id DESC) AS place FROM (
        SELECT
            id, kind, requested_by, created_at, finished_at, status, sync_rule_id,
            total, pending, success, partially_failed, failed, skipped
        FROM manual_sync
        WHERE merchant_id = $1
        ORDER BY id DESC
        LIMIT 21
    ) newest
)
SELECT (json_object('manualSyncs', json_object(
    'nodes', (
        SELECT coalesce(json_group_array(json_object(
            'id', '~i10:' || hex(f.id), 'kind', f.kind, 'requestedBy', f.requested_by,
            'createdAt', f.created_at, 'finishedAt', f.finished_at, 'status', f.status,
            'syncRule', CASE WHEN r.id IS NOT NULL THEN json_object('name', r.name) END,
            'counts', json_object(
                'total', f.total, 'pending', f.pending, 'success', f.success,
                'partiallyFailed', f.partially_failed, 'failed', f.failed, 'skipped', f.skipped
            )
        ) ORDER BY f.place), json('[]'))
        FROM found f
        LEFT JOIN sync_rule r ON r.merchant_id = $1 AND r.id = f.sync_rule_id
        WHERE f.place <= 20
    ),
    'pageInfo', json_object(
        'hasNextPage', json((SELECT iif(count(*) > 20, 'true', 'false') FROM found)),
        'endCursor', (SELECT '~c41:' || hex(id) FROM found WHERE place <= 20 ORDER BY place DESC LIMIT 1)
    )
)))
