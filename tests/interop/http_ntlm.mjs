// One request by npm's httpntlm, which has NTLM of its own: node http_ntlm.mjs NODE_MODULES URL USER DOMAIN PASSWORD
// Prints the body and, on a line of its own, the status.
import { createRequire } from "node:module";

const [modules, url, username, domain, password] = process.argv.slice(2);
const httpntlm = createRequire(modules + "/")("httpntlm");

httpntlm.get({ url, username, domain, password, workstation: "TESTS" }, (error, response) => {
	if (error) {
		console.error(error);
		process.exit(1);
	}
	console.log(`${response.body.trimEnd()}\n${response.statusCode}`);
	process.exit(0); // its agent would keep the connection, and so the process
});
