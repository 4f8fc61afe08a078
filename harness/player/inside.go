package player

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// inside is the loopback listener of a consent manager that is inside a gateway: there the gateway delivers to it, and
// there it reaches the gateway, so that both ways are the HTTP of the contract.
type inside struct {
	listener net.Listener
	server   *http.Server
	served   chan error // receives the error of the server when it ends
}

// listenInside takes a free port.
func listenInside() (*inside, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("no free port on loopback for the consent manager inside: %w", err)
	}
	return &inside{listener: l, served: make(chan error, 1)}, nil
}

func (i *inside) host() string { return i.listener.Addr().String() }

// cm and hub are the base URLs of the consent manager and of the gateway.
func (i *inside) cm() string  { return "http://" + i.host() + "/cm" }
func (i *inside) hub() string { return "http://" + i.host() + "/hub" }

// serve begins to serve both.
func (i *inside) serve(cm, hub http.Handler) {
	mux := http.NewServeMux()
	mux.Handle("/cm/", http.StripPrefix("/cm", cm))
	mux.Handle("/hub/", http.StripPrefix("/hub", hub))
	i.server = &http.Server{Handler: mux, ReadHeaderTimeout: 30 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() {
		defer close(i.served)
		i.served <- i.server.Serve(i.listener)
	}()
}

// close ends the serving, if it has begun, and gives the port back. Once it is closed, a further call does nothing.
func (i *inside) close() error {
	if i.server == nil {
		return i.listener.Close()
	}
	err := i.server.Close()
	if ended := <-i.served; !errors.Is(ended, http.ErrServerClosed) {
		err = errors.Join(err, ended)
	}
	return err
}
