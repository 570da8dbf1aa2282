export function registerIp(): void {}
