package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/loaphuong/loa/internal/keys"
)

// told is a scene in which a campaign has told everybody: each delivery is accepted, the gateway gave the numbers from 1
// on, and the first of them have an answer page.
func (b *Bench) told(ctx context.Context, g *ground, people int) (sc scene, err error) {
	job := sceneJob{People: people, Campaign: true, Told: true}
	if sc, ok := g.scenes[job]; ok {
		return sc, nil
	}
	d := &deliveryRun{b: b, g: g, people: people}
	defer func() { err = errors.Join(err, d.close()) }()
	if err := d.prepare(ctx); err != nil {
		return sc, err
	}
	if sc, err = d.scene.copy(ctx, g); err != nil {
		return sc, err
	}
	if _, err := d.launch(ctx, sc, 0, ""); err != nil {
		return sc, fmt.Errorf("telling everybody: %w", err)
	}
	db, err := g.open(sc.target)
	if err != nil {
		return sc, err
	}
	defer db.Close()
	if sc.tokens, err = b.giveTokens(ctx, g, db); err != nil {
		return sc, fmt.Errorf("answer pages: %w", err)
	}
	// The next process makes a first API key of its own.
	if _, err := db.ExecContext(ctx, `DELETE FROM api_key`); err != nil {
		return sc, err
	}
	g.scenes[job] = sc
	return sc, nil
}

// mostPages is how many answer pages are made: enough for every path, and no whole audience is held in memory.
const mostPages = 100_000

// giveTokens makes an answer page for the first notices and returns the tokens.
func (b *Bench) giveTokens(ctx context.Context, g *ground, db *sql.DB) (tokens []string, err error) {
	ring, err := keys.Load(b.ringFile())
	if err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `SELECT n.launch_id, n.person_id FROM notice n ORDER BY n.id LIMIT $1`, mostPages)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var table [][]any
	for rows.Next() {
		var launch, person string
		if err := rows.Scan(&launch, &person); err != nil {
			return nil, err
		}
		token, hash := ring.Token(launch, person)
		tokens, table = append(tokens, token), append(table, []any{hash, launch, person})
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	return tokens, bulk(ctx, db, g.pg(), "answer_token", []string{"hash", "launch_id", "person_id"}, table)
}
