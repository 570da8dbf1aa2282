export function registerLink(): void {}
