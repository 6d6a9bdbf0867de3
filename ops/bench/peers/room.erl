%% A room of Cowboy: each socket is a process in a group, and what one says goes to all of the group.
-module(room).
-export([start/1, init/2, websocket_init/1, websocket_handle/2, websocket_info/2]).

start([Port]) ->
    {ok, _} = application:ensure_all_started(cowboy),
    {ok, _} = pg:start_link(),
    Dispatch = cowboy_router:compile([{'_', [{"/room", ?MODULE, []}]}]),
    {ok, _} = cowboy:start_clear(
        room,
        #{
            socket_opts => [{ip, {127, 0, 0, 1}}, {port, list_to_integer(atom_to_list(Port))}, {backlog, 4096}, {nodelay, true}],
            max_connections => infinity,
            num_acceptors => 10
        },
        #{env => #{dispatch => Dispatch}}
    ),
    receive stop -> ok end.

init(Request, State) ->
    {cowboy_websocket, Request, State, #{idle_timeout => infinity, compress => false}}.

websocket_init(State) ->
    ok = pg:join(room, self()),
    {ok, State}.

websocket_handle({text, Line}, State) ->
    [Member ! {line, Line} || Member <- pg:get_local_members(room)],
    {ok, State};
websocket_handle(_, State) ->
    {ok, State}.

websocket_info({line, Line}, State) ->
    {[{text, Line}], State};
websocket_info(_, State) ->
    {ok, State}.
