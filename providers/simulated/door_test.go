package simulated_test

import (
	"errors"
	"net"
	"net/http"
	"syscall"
	"testing"

	"rechargebot/providers/simulated"
)

// On a real socket: an account that is down refuses connections, and is there again under the same address.
func TestADoorIsReallyShut(t *testing.T) {
	t.Parallel()
	d := open(t, simulated.Config{Accounts: []simulated.Account{mainAccount()}})
	defer d.close()
	listener, err := d.Listen("ecare-main", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: d.Handler()}
	served := make(chan error)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		_ = server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serving ended with %v", err)
		}
	}()

	address := listener.Addr().String()
	d.client.Transport = &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{}).DialContext, Proxy: nil}
	url := "http://" + address + simulated.ECAREPath + "?"
	get := func(q string) error {
		resp, err := d.client.Get(url + q)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	for range 3 {
		if err := get(mrc("r1")); err != nil {
			t.Fatal(err)
		}
		d.mood(simulated.Down, simulated.When{})
		if err := get(mrc("r2")); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("while down: %v", err)
		}
		d.mood(simulated.Slow, simulated.When{Calls: []simulated.Call{simulated.CallBalance}})
	}
	d.want("r1", d.Recharges("r1"), 1)
	d.want("r2", d.Sends("r2"), 0)
}

// A door that is shut when the simulator closes lets its server go as well.
func TestCloseOpensNoDoorAgain(t *testing.T) {
	t.Parallel()
	d := open(t, simulated.Config{Accounts: []simulated.Account{mainAccount()}})
	d.mood(simulated.Down, simulated.When{})
	listener, err := d.Listen("ecare-main", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	accepted := make(chan error)
	go func() {
		_, err := listener.Accept()
		accepted <- err
	}()
	d.close()
	if err := <-accepted; !errors.Is(err, net.ErrClosed) {
		t.Errorf("accept ended with %v", err)
	}
	d.mood(simulated.Normal, simulated.When{})
	if c, err := net.Dial("tcp", listener.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("a closed simulator listens")
	}
	if _, err := d.Listen("ecare-main", "127.0.0.1:0"); err == nil {
		t.Error("a closed simulator listens anew")
	}
	if _, err := d.Listen("nobody", "127.0.0.1:0"); err == nil {
		t.Error("nobody listens")
	}
}
