export function registerIpv6(): void {}
