package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"time"
)

// Authority stands in for istiod as the mesh's certificate authority.
type Authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Identity is what an Envoy of the mesh proves itself with: a certificate that
// names a service account.
type Identity struct {
	name             string
	chain, key, root string
}

func newAuthority() (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	return &Authority{certificate, key}, err
}

func (a *Authority) issue(namespace, serviceAccount string) (*Identity, error) {
	id := &Identity{name: fmt.Sprintf("spiffe://cluster.local/ns/%s/sa/%s", namespace, serviceAccount)}
	uri, err := url.Parse(id.name)
	if err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2),
		NotBefore:    a.certificate.NotBefore, NotAfter: a.certificate.NotAfter,
		URIs: []*url.URL{uri}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return nil, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	id.chain = pemOf("CERTIFICATE", der)
	id.key = pemOf("PRIVATE KEY", keyDER)
	id.root = pemOf("CERTIFICATE", a.certificate.Raw)
	return id, nil
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// secrets puts the identity where a TLS context asks istiod for it.
func (id *Identity) secrets(common map[string]any) {
	text := func(s string) map[string]any { return map[string]any{"inlineString": s} }
	delete(common, "tlsCertificateSdsSecretConfigs")
	common["tlsCertificates"] = []any{map[string]any{"certificateChain": text(id.chain), "privateKey": text(id.key)}}

	validation := map[string]any{"trustedCa": text(id.root)}
	combined, _ := common["combinedValidationContext"].(map[string]any)
	asked, _ := combined["defaultValidationContext"].(map[string]any)
	var names []any
	for _, matcher := range list(asked["matchSubjectAltNames"]) {
		names = append(names, map[string]any{"sanType": "URI", "matcher": matcher})
	}
	if len(names) > 0 {
		validation["matchTypedSubjectAltNames"] = names
	}
	delete(common, "combinedValidationContext")
	common["validationContext"] = validation
}
