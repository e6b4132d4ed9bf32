// The requests of hostile.mjs, by name. A document is filled up to just under 100 KB unless its name says otherwise.
const ROOM = 99_500, LARGE = 990_000;

const json = (value) => ({ body: JSON.stringify(value) });
const refused = (query) => ({ ...json({ query }), refused: true });
const open = (query) => json({ query });
const withVariables = (query, variables) => `{"query":${JSON.stringify(query)},"variables":${variables}}`;
const times = (count, piece) => Array.from({ length: count }, (_, number) => piece(number)).join('');
/** As many pieces as there is room for between the two ends. */
function fill(head, piece, tail, room = ROOM) {
  let text = head;
  for (let number = 0; text.length + tail.length < room; number += 1) text += piece(number);
  return text + tail;
}
const nested = (head, from, to, tail, width = from.length + to.length) => {
  const count = Math.floor((ROOM - head.length - tail.length) / width);
  return head + from.repeat(count) + to.repeat(count) + tail;
};
/** Up to what the limits of tokens and selections let pass. */
const fragments = (count, inside) => times(count, (number) => `fragment F${number} on Query{${inside(number)}}`);
const doubling = (count, width = 2) =>
  fragments(count, (number) => `...F${number + 1} `.repeat(width)) + `fragment F${count} on Query{__typename}`;
const deepList = (count) => '['.repeat(count) + 'ID' + ']'.repeat(count);

const ofType = (depth) => depth === 0 ? 'name' : `name ofType{${ofType(depth - 1)}}`;
const schemaInSchema = (depth) => depth === 0 ? 'name' : `name fields{name type{${schemaInSchema(depth - 1)}}}`;

const ids = (count) => Array.from({ length: count }, (_, number) => number);
const BY_IDS = 'query($v:[ID!]){storeSkus(filter:{ids:$v}){nodes{id}}}';
const BY_TEXT = 'query($v:String){storeSkus(filter:{search:$v}){nodes{id}}}';

export const cases = {
  // Fragments
  'fragments that double, 25 of them, 1 KB': refused(`{...F0}${doubling(25)}`),
  'fragments that double, not used': refused(`{__typename}${doubling(25)}`),
  'fragments that double, as many as fit': refused(`{...F0}${doubling(2_300)}`),
  'fragments of 1,000 spreads each': refused(`{...F0}${doubling(10, 1_000)}`),
  'a cycle of two fragments': refused(`{...F0}${fragments(2, (n) => `...F${1 - n}`)}`),
  'a cycle of 1,000 fragments': refused(`{...F0}${fragments(1_000, (n) => `...F${(n + 1) % 1_000}`)}`),
  'a chain of 1,900 fragments': refused(`{...F0}${fragments(1_900, (n) => n === 1_899 ? '__typename' : `...F${n + 1}`)}`),
  'a chain of 1,900, from its end': refused(`{__typename}${times(1_900, (n) => `fragment F${n} on Query{${n ? `...F${n - 1}` : '__typename'}}`)}`),
  '1,800 fragments that nobody spreads': open(`{__typename}${fragments(1_800, () => '__typename')}`),
  '3,000 fragments of one name': refused(`{__typename}${times(2_900, () => 'fragment F on Query{__typename}')}`),
  '1,900 spreads of what is not there': refused(`{${times(1_900, (n) => `...F${n} `)}}`),
  '1,900 spreads of one fragment': open(`{${'...F '.repeat(990)}}fragment F on Query{__typename}`),
  'fragments on unknown types': refused(`{__typename}${times(1_500, (n) => `fragment F${n} on T${n}{a}`)}`),
  'inline fragments side by side': open(`{${'...{__typename}'.repeat(990)}}`),
  'inline fragments as many as fit': refused(fill('{', () => '...{__typename}', '}')),
  'inline fragments inside one another': refused(nested('{', '...{', '}', '__typename}')),
  'inline fragments on other types': refused(`{${times(990, (n) => `...on T${n}{a}`)}}`),
  'spreads 20 levels deep and wide': refused(`{...F0}${fragments(20, (n) => `...F${n + 1} ...F${n + 1} ...{...F${n + 1}}`)}fragment F20 on Query{__typename}`),
  // Fields
  'the same field, 1,990 times': open(`{${'__typename '.repeat(30)}viewer{${'__typename '.repeat(1_900)}}}`),
  'the same field, 8,000 times': refused(fill('{', () => '__typename ', '}')),
  'the same field, 30,000 times': refused(`{${'a '.repeat(30_000)}}`),
  'the same field with arguments that differ': refused(`{viewer{${times(1_900, (n) => `merchant(a:${n}){id}`)}}}`),
  'overlapping lists, 600 in one another': refused(`{${'syncReasons{code title} '.repeat(600)}}`),
  'overlapping, 29 roots of 60 fields': open(`{${`viewer{${'merchant{id} '.repeat(30)}}`.repeat(29)}}`),
  'overlapping, arguments in 900 fields': refused(`{storeSkus(first:1){nodes{${times(900, (n) => `syncRecords(first:${n % 100 + 1}){totalCount}`)}}}}`),
  'overlapping, arguments of 100 values each': refused(`{storeSkus(first:1){nodes{${times(150, (n) => `syncRecords(filter:{storeIds:[${'"a"'.repeat(90)}${n}]}){totalCount}`)}}}}`),
  'overlapping through fragments': open(`{storeSkus(first:1){nodes{${'...F '.repeat(40)}}}}fragment F on StoreSku{${'store{id code name} '.repeat(10)}}`),
  'unknown fields, 1,900': refused(`{viewer{${times(1_900, (n) => `x${n} `)}}}`),
  'unknown fields, 1,900 of 45 letters': refused(`{viewer{${times(1_900, (n) => `${'storeSku'.repeat(5)}${n} `)}}}`),
  'unknown fields, as many as fit': refused(fill('{', (n) => `x${n} `, '}')),
  'one name of 100 KB': refused(`{${'a'.repeat(ROOM - 10)}}`),
  '1,000 names of 90 letters': refused(`{viewer{${times(1_000, (n) => `${'a'.repeat(90)}${n} `)}}}`),
  'aliases, 100': open(`{viewer{${times(100, (n) => `a${n}:__typename `)}}}`),
  'aliases, as many as fit': refused(fill('{', (n) => `a${n}:__typename `, '}')),
  'aliases of one connection': refused(`{${times(100, (n) => `a${n}:storeSkus(first:100){nodes{id}}`)}}`),
  'root fields that all read, 30': open(`{${times(30, (n) => `a${n}:storeSkus(first:1){totalCount nodes{id}}`)}}`),
  'braces in one another': refused(nested('', '{a', '}', '')),
  'braces that do not end': refused('{'.repeat(ROOM)),
  'braces that only end': refused('}'.repeat(ROOM)),
  'fields in one another': refused(nested('{', 'a{', '}', 'a}')),
  'pages in pages in pages': refused('{storeSkus(first:100){nodes{syncRecords(first:100){nodes{storeSku{syncRecords(first:100){nodes{id}}}}}}}}'),
  'pages, 600 of each reason': refused(`{failureReasons{${'failedTriggers(first:1){totalCount} '.repeat(600)}}}`),
  'pages, 20 of each row': refused(`{warehouseSkus(first:100){nodes{${times(20, (n) => `a${n}:syncRecords(first:${n + 1}){totalCount nodes{id}} `)}}}}`),
  'objects, 400 of each row': refused(`{storeSkus(first:100){nodes{${'store{id name code} '.repeat(400)}}}}`),
  'values, 1,900 of each row': refused(`{storeSkus(first:100){nodes{${'productName '.repeat(1_900)}}}}`),
  'a long way round and round': refused('{warehouseSkus(first:5){nodes{storeSkus(first:5){nodes{components{warehouseSku{storeSkus(first:5){nodes{components{warehouseSku{storeSkus(first:5){nodes{components{warehouseSku{name}}}}}}}}}}}}}}}'),
  'mutations, 30': refused(`mutation{${times(30, (n) => `a${n}:resync(input:{filter:{}}){takenCount}`)}}`),
  // Directives
  'directives, as many as fit': refused(fill('{__typename', () => '@include(if:true)', '}')),
  'directives, 50 on one field': open(`{__typename${'@include(if:true)'.repeat(50)}}`),
  'directives, 50 that are unknown': refused(`{viewer${times(50, (n) => `@a${n}`)}{__typename}}`),
  'directives with values, 50': open(`{__typename${`@include(if:[${'1,'.repeat(250)}])`.repeat(50)}}`),
  'directives on an operation': refused(fill('query', () => '@a', '{__typename}')),
  // Values
  'list literals in one another': refused(nested('{nodes(ids:', '[', ']', '){id}}')),
  'list literals that do not end': refused('{nodes(ids:' + '['.repeat(ROOM - 20)),
  'object literals in one another': refused(nested('{storeSkus(filter:', '{a:', '}', '){nodes{id}}}')),
  'a list of 14,000 numbers': refused(`{nodes(ids:[${'1 '.repeat(14_900)}]){id}}`),
  'a list of as many as fit': refused(fill('{nodes(ids:[', () => '1,', ']){id}}')),
  'a list of 14,000 texts': refused(`{nodes(ids:[${'"" '.repeat(14_900)}]){id}}`),
  'an object of 7,000 fields': refused(`{storeSkus(filter:{${times(7_000, (n) => `a${n}:1 `)}}){nodes{id}}}`),
  'an object of one field 7,000 times': open(`{storeSkus(filter:{${'search:"a" '.repeat(4_900)}}){nodes{id}}}`),
  'arguments, 7,000': refused(`{viewer(${times(4_900, (n) => `a${n}:1 `)}){name}}`),
  'one argument 4,900 times': refused(`{storeSkus(${'first:1 '.repeat(4_900)}){nodes{id}}}`),
  'a number of 100 KB': refused(`{storeSkus(first:${'9'.repeat(ROOM - 40)}){nodes{id}}}`),
  'a number with an exponent': refused(`{storeSkus(first:1e${'9'.repeat(1_000)}){nodes{id}}}`),
  'a text of 100 KB': open(`{storeSkus(filter:{search:"${'a'.repeat(ROOM - 60)}"}){nodes{id}}}`),
  'a text of escapes': open(`{storeSkus(filter:{search:"${'\\u0041'.repeat(16_000)}"}){nodes{id}}}`),
  'a text of quotes': open(`{storeSkus(filter:{search:"${'\\"'.repeat(49_000)}"}){nodes{id}}}`),
  'a block text of lines': open(`{storeSkus(filter:{search:"""${'\n a'.repeat(33_000)}"""}){nodes{id}}}`),
  'a block text of quotes': open(`{storeSkus(filter:{search:"""${'\\"""'.repeat(24_000)}"""}){nodes{id}}}`),
  'a block text of blank lines': open(`{storeSkus(filter:{search:"""${'\n'.repeat(99_000)}"""}){nodes{id}}}`),
  'a text that does not end': refused(`{storeSkus(filter:{search:"${'a'.repeat(ROOM - 60)}`),
  'a block text that does not end': refused(`{storeSkus(filter:{search:"""${'"" '.repeat(33_000)}`),
  'half a surrogate pair': refused(`{storeSkus(filter:{search:"\\uD800"}){nodes{id}}}`),
  'a search of wildcards': open(`{storeSkus(filter:{search:"${'%_'.repeat(49_000)}"}){nodes{id}}}`),
  'enum values, 7,000': refused(`{storeSkus(filter:{statusIn:[${'SUCCESS '.repeat(10_000)}]}){nodes{id}}}`),
  // What is between the tokens
  'comments': open(`{__typename}${'#a\n'.repeat(33_000)}`),
  'one comment': open(`{__typename}#${'a'.repeat(ROOM - 20)}`),
  'commas': open(`{${','.repeat(ROOM - 20)}__typename}`),
  'spaces': open(`{${' '.repeat(ROOM - 20)}__typename}`),
  'lines': open(`{${'\r\n'.repeat(49_000)}__typename}`),
  'byte order marks': refused(`{__typename}${'\uFEFF'.repeat(33_000)}`),
  'dots': refused(`{${'.'.repeat(ROOM - 20)}}`),
  'dollars': refused(`{${'$'.repeat(14_000)}}`),
  'null characters': refused(`{${'\0'.repeat(10_000)}}`),
  'more than 100 KB, all spaces': refused(`{__typename${' '.repeat(LARGE - 100)}}`),
  // Operations and variables
  'operations, 1,900': json({ query: times(1_900, (n) => `query Q${n}{__typename}`), operationName: 'Q7' }),
  'operations, 1,900 of one name': refused(times(1_900, () => 'query Q{__typename}')),
  'operations, 1,900 without a name': refused('{__typename}'.repeat(1_900)),
  'operations that all spread one fragment': json({ query: times(900, (n) => `query Q${n}{...F}`) + 'fragment F on Query{__typename}', operationName: 'Q7' }),
  'subscriptions, 900': { ...json({ query: times(900, (n) => `subscription S${n}{syncStatusChanged{cursor}}`), operationName: 'S7' }), refused: true },
  'variables, 3,700 that nobody uses': refused(`query(${times(3_700, (n) => `$v${n}:Int `)}){__typename}`),
  'variables, 2,000 with default values': refused(`query(${times(2_000, (n) => `$v${n}:Int=1 `)}){__typename}`),
  'variables, 3,700 of one name': refused(`query(${'$v:Int '.repeat(3_700)}){__typename}`),
  'variables of unknown types': refused(`query(${times(3_700, (n) => `$v${n}:T${n} `)}){__typename}`),
  'variables in operations and fragments': refused(`${times(60, (n) => `query Q${n}($v:Int $w:Int){...F0}`)}${fragments(60, (n) => `...F${n + 1} nodes(ids:[$v $w]){id}`)}fragment F60 on Query{__typename}`),
  'uses of variables that are not there': refused(`{viewer{${times(1_900, (n) => `name(a:$v${n})`)}}}`),
  'a type of 40 lists': refused(`query($v:${deepList(40)}){nodes(ids:$v){id}}`),
  'a type of 40,000 lists': refused(`query($v:${deepList(40_000)}){nodes(ids:$v){id}}`),
  'a default value of 14,000 items': refused(`query($v:[ID!]=[${'1 '.repeat(14_000)}]){nodes(ids:$v){id}}`),
  'a default value used 400 times': refused(`query($v:[ID!]=[${'1 '.repeat(9_000)}]){viewer{${times(400, () => 'a(v:$v)')}}}`),
  // Introspection, which is off
  'introspection, deep': refused(`{__schema{types{${schemaInSchema(5)}}}}`),
  'introspection, ofType': refused(`{__schema{types{fields{type{${ofType(10)}}}}}}`),
  'introspection in 900 fragments': refused(`{...F0}${fragments(900, () => '__schema{types{name}}')}`),
  // Variables as JSON
  'JSON, lists in one another': { body: withVariables(BY_IDS, `{"v":${'['.repeat(45_000)}${']'.repeat(45_000)}}`), refused: true },
  'JSON, 120 lists in one another': { body: withVariables(BY_IDS, `{"v":${'['.repeat(120)}${']'.repeat(120)}}`), refused: true },
  'JSON, objects in one another': { body: withVariables(BY_IDS, `{"v":${'{"a":'.repeat(15_000)}1${'}'.repeat(15_000)}}`), refused: true },
  'JSON, 90,000 ids, 500 KB': { body: withVariables(BY_IDS, JSON.stringify({ v: ids(90_000) })), refused: true },
  'JSON, 40,000 ids': { body: withVariables(BY_IDS, `{"v":[${'1,'.repeat(40_000)}1]}`), refused: true },
  'JSON, 18,000 ids as texts': { body: withVariables(BY_IDS, JSON.stringify({ v: ids(12_000).map(String) })), refused: true },
  'JSON, 500,000 ids, 1 MB': { body: withVariables(BY_IDS, `{"v":[${'1,'.repeat(490_000)}1]}`), refused: true },
  'JSON, 300,000 texts, 1 MB': { body: withVariables(BY_IDS, `{"v":[${'"",'.repeat(320_000)}1]}`), refused: true },
  'JSON, 300,000 lists, 1 MB': { body: withVariables(BY_IDS, `{"v":[${'[],'.repeat(320_000)}1]}`), refused: true },
  'JSON, 300,000 objects, 1 MB': { body: withVariables(BY_IDS, `{"v":[${'{},'.repeat(320_000)}1]}`), refused: true },
  'JSON, 120,000 objects with a field, 1 MB': { body: withVariables(BY_IDS, `{"v":[${'{"a":1},'.repeat(120_000)}1]}`), refused: true },
  'JSON, 30,000 objects': { body: withVariables(BY_IDS, `{"v":[${'{},'.repeat(32_000)}1]}`), refused: true },
  'JSON, 12,000 objects with a field': { body: withVariables(BY_IDS, `{"v":[${'{"a":1},'.repeat(12_000)}1]}`), refused: true },
  'JSON, 100,000 names, 1 MB': { body: withVariables('{__typename}', `{${times(95_000, (n) => `"${n}":1,`)}"a":1}`) },
  'JSON, 10,000 names': { body: withVariables('{__typename}', `{${times(9_000, (n) => `"${n}":1,`)}"a":1}`) },
  'JSON, one name 12,000 times': { body: withVariables(BY_IDS, `{${'"v":[1],'.repeat(11_000)}"v":[]}`) },
  'JSON, a number of 90,000 digits': { body: withVariables('query($v:Int){storeSkus(first:$v){nodes{id}}}', `{"v":${'9'.repeat(90_000)}}`), refused: true },
  'JSON, 1e400': { body: withVariables('query($v:Int){storeSkus(first:$v){nodes{id}}}', '{"v":1e400}'), refused: true },
  'JSON, a text of 90 KB': { body: withVariables(BY_TEXT, JSON.stringify({ v: 'a'.repeat(90_000) })) },
  'JSON, a text of 1 MB': { body: withVariables(BY_TEXT, JSON.stringify({ v: 'a'.repeat(LARGE - 200) })) },
  'JSON, a text of escapes, 1 MB': { body: withVariables(BY_TEXT, `{"v":"${'\\u0041'.repeat(160_000)}"}`) },
  'JSON, a large variable in 400 places': { body: withVariables(`query($v:String){storeSkus(first:1){nodes{${times(400, () => 'syncRecords(filter:{search:$v}){totalCount}')}}}}`, JSON.stringify({ v: 'a'.repeat(60_000) })), refused: true },
  'JSON, a large variable in 30 roots': { body: withVariables(`query($v:String){${times(30, (n) => `a${n}:storeSkus(filter:{search:$v}){nodes{id}}`)}}`, JSON.stringify({ v: 'a'.repeat(90_000) })) },
  'JSON, a list of 3,000 in 30 roots': { body: withVariables(`query($v:[ID!]){${times(30, (n) => `a${n}:storeSkus(filter:{ids:$v}){nodes{id}}`)}}`, JSON.stringify({ v: ids(3_000) })) },
  'JSON, a list of 14,000 used 7 times': { body: withVariables(`query($v:[ID!]){${times(7, (n) => `a${n}:nodes(ids:$v){id}`)}}`, JSON.stringify({ v: ids(14_000) })) },
  'JSON, extensions in one another': { body: `{"query":"{__typename}","extensions":{"a":${'['.repeat(40_000)}`, refused: true },
  'JSON, extensions of 300,000 lists, 1 MB': { body: `{"query":"{__typename}","extensions":{"a":[${'[],'.repeat(320_000)}1]}}` },
  'JSON, an unknown parameter of 1 MB': { body: `{"query":"{__typename}","junk":[${'[],'.repeat(320_000)}1]}` },
  'JSON, 12,000 parameters': { body: `{${times(9_000, (n) => `"a${n}":1,`)}"query":"{__typename}"}` },
  'JSON, an operation name of 90 KB': { ...json({ query: '{__typename}', operationName: 'a'.repeat(90_000) }), refused: true },
  'JSON, a document id of 90 KB': { ...json({ documentId: 'a'.repeat(90_000) }), refused: true },
  'JSON, stock changes, 900 KB': { body: withVariables('mutation($v:RecordStockChangesInput!){recordStockChanges(input:$v){userErrors{message}}}', `{"v":{"changes":[${times(10_000, (n) => `{"warehouse":"w","sku":"s${n}","available":1,"reason":"STOCK_COUNTED"},`)}{}]}}`) },
  'JSON, mutations of 1,400 rows': { body: withVariables('mutation($v:UpsertWarehouseSkusInput!){upsertWarehouseSkus(input:$v){userErrors{message}}}', `{"v":{"warehouseSkus":[${times(1_000, () => '{"sku":"","name":""},')}{"sku":"","name":""}]}}`) },
  // Other forms
  'a list of 1,000 requests': { ...json(Array(1_000).fill({ query: '{__typename}' })), refused: true },
  'multipart': { body: `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{"query":"{__typename}"}\r\n${'--x\r\n\r\n\r\n'.repeat(9_000)}--x--`, type: 'multipart/form-data; boundary=x', refused: true },
  'a form': { body: `query=%7B__typename%7D&${'a=b&'.repeat(20_000)}`, type: 'application/x-www-form-urlencoded', refused: true },
  'bytes that are no UTF-8': { body: Buffer.concat([Buffer.from('{"query":"{__typename} #'), Buffer.alloc(90_000, 0xff), Buffer.from('"}')]), refused: true },
  'bytes that mean nothing': { body: Buffer.alloc(99_000, 0x80), refused: true },
  'only open brackets': { body: '['.repeat(99_000), refused: true },
  'a body of 1.1 MB': { body: `{"query":"{__typename}${' '.repeat(1_100_000)}"}`, refused: true },
  'GET with 90 KB': { method: 'GET', path: `/graphql?query=${'%7Ba'.repeat(9_000)}`, refused: true },
  'GET with 20,000 parameters': { method: 'GET', path: `/graphql?${times(15_000, (n) => `${n % 10}=&`)}query=%7B__typename%7D` },
  'GET with 1,000 parameters of one name': { method: 'GET', path: `/graphql?${'query=a&'.repeat(1_000)}`, refused: true },
  'SSE, doubling fragments': { ...refused(`{...F0}${doubling(25)}`), headers: { accept: 'text/event-stream' } },
};
