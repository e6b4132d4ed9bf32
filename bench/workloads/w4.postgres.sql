SELECT (json_build_object('failureReasons', coalesce(json_agg(json_build_object(
    'code', failure_code, 'title', {title}, 'count', matching, 'lastOccurredAt', last_occurred_at
) ORDER BY matching DESC, failure_code), '[]'::json)))::text
FROM (
    SELECT failure_code, sum(matching)::bigint AS matching, max(last_occurred_at) AS last_occurred_at
    FROM failed_trigger_tally
    WHERE merchant_id = $1 AND hour >= $2
    GROUP BY failure_code
) f
