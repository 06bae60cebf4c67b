// iron_relay.mjs MODULES PORT USER PASSWORD DOMAIN
// IronRDP's web client needs a page to run in and an RDCleanPath relay: a WebSocket server that takes one DER message
// with the X.224 request, does X.224 and TLS with the RDP server, answers with the server's certificate and then passes
// bytes. This is both. The first line printed is the page's address; then come the client's own words, one a line.
// Exit 0: the session started. 1: it did not. 2: nothing happened in 45 s.
import fs from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';

const [modules, port, user, password, domain] = process.argv.slice(2);
const { WebSocketServer } = createRequire(`${modules}/`)('ws');
const SESSION_SECONDS = 2; // how long a session must last to count
const RDCLEANPATH_VERSION = Buffer.from([0x0d, 0x3e]); // 3390

const page = `<!doctype html><canvas id=screen width=1024 height=768></canvas><script type=module>
import start, * as iron from '/rdp_client.js';
const tell = (what, detail) => fetch('/tell?' + new URLSearchParams({ what, detail }));
try {
	await start();
	iron.setup('info');
	const session = await new iron.SessionBuilder()
		.username(${JSON.stringify(user)}).password(${JSON.stringify(password)}).serverDomain(${JSON.stringify(domain)})
		.destination('127.0.0.1:${port}').proxyAddress('ws://' + location.host + '/').authToken('none')
		.desktopSize(new iron.DesktopSize(1024, 768)).renderCanvas(document.getElementById('screen'))
		.setCursorStyleCallback(() => {}).setCursorStyleCallbackContext({})
		.remoteClipboardChangedCallback(() => {}).forceClipboardUpdateCallback(() => {}).canvasResizedCallback(() => {})
		.connect();
	await tell('connected', session.desktopSize().width);
	setTimeout(() => tell('end', 'the session lasted'), ${SESSION_SECONDS * 1000});
	await session.run();
	await tell('end', 'the server ended the session');
} catch (error) {
	await tell('error', error.kind ? iron.IronErrorKind[error.kind()] + ': ' + error.backtrace() : String(error));
}
</script>`;

function der(tag, ...parts) {
	const body = Buffer.concat(parts);
	const size = body.length;
	const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
	return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function* elements(bytes) {
	for (let at = 0; at < bytes.length;) {
		const tag = bytes[at];
		let size = bytes[at + 1];
		at += 2;
		if (size & 128) {
			const count = size & 127;
			size = bytes.readUIntBE(at, count);
			at += count;
		}
		yield [tag, bytes.subarray(at, at + size)];
		at += size;
	}
}

const content = bytes => elements(bytes).next().value[1];

let connected = false;
const server = http.createServer((request, response) => {
	const url = new URL(request.url, 'http://relay');
	if (url.pathname === '/tell') {
		const what = url.searchParams.get('what');
		console.log(what, url.searchParams.get('detail'));
		response.end();
		if (what === 'connected')
			connected = true;
		else
			setTimeout(() => process.exit(connected ? 0 : 1), 100);
		return;
	}
	const type = { '/rdp_client.js': 'text/javascript', '/rdp_client_bg.wasm': 'application/wasm' }[url.pathname];
	response.setHeader('Content-Type', type ?? 'text/html');
	response.end(type ? fs.readFileSync(`${modules}/ironrdp-wasm/pkg${url.pathname}`) : page);
});

new WebSocketServer({ server }).on('connection', socket => {
	let stream = null;
	const close = reason => {
		console.log('closed', reason);
		socket.close();
	};
	const connect = request => {
		const fields = Object.fromEntries(elements(content(request)));
		const raw = net.connect(Number(port), '127.0.0.1', () => raw.write(content(fields[0xa6])));
		raw.on('error', error => close(error.message));
		raw.once('data', confirm => {
			console.log('x224', confirm.toString('hex'));
			const chosen = confirm[11] === 2 ? confirm.readUInt32LE(15) : 0;
			if (chosen !== 2 && chosen !== 8) { // the client itself would go on without NLA
				console.log('error', 'the server did not choose NLA');
				process.exit(1);
			}
			stream = tls.connect({ socket: raw, rejectUnauthorized: false }, () => socket.send(der(0x30,
				der(0xa0, der(2, RDCLEANPATH_VERSION)), der(0xa6, der(4, confirm)),
				der(0xa7, der(0x30, der(4, stream.getPeerCertificate(true).raw))),
				der(0xa9, der(12, Buffer.from('127.0.0.1'))))));
			stream.on('data', bytes => socket.send(bytes));
			stream.on('close', () => close('by the RDP server'));
			stream.on('error', error => close(error.message));
		});
	};
	socket.on('message', bytes => stream ? stream.write(bytes) : connect(Buffer.from(bytes)));
	socket.on('close', () => stream?.destroy());
});

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
setTimeout(() => {
	console.log('error', 'nothing happened in 45 s');
	process.exit(2);
}, 45000);
