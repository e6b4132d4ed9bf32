// The audits of graphql-http, MUST, SHOULD and MAY. API is the URL of the server, TOKEN an API key.
import { serverAudits } from 'graphql-http';
const url = process.env.API, token = process.env.TOKEN;
const audits = serverAudits({ url, fetchFn: (input, init = {}) => {
  const headers = new Headers(init.headers); headers.set('authorization', `Bearer ${token}`);
  return fetch(input, { ...init, headers });
}});
const counts = {};
for (const audit of audits) {
  const result = await audit.fn();
  counts[result.status] = (counts[result.status] ?? 0) + 1;
  if (result.status !== 'ok') console.log(result.status, result.name, result.reason);
}
console.log('audits', audits.length, counts);
process.exit(counts.ok === audits.length ? 0 : 1);
