export function registerIcmpv6(): void {}
