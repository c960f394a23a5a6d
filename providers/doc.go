// Package providers holds the contract with upstream recharge providers.
package providers
