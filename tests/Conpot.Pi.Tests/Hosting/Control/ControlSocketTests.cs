using System.Net.Sockets;
using Conpot.Pi.Config;
using Conpot.Pi.Hosting;
using Conpot.Pi.Hosting.Control;
using Xunit;

namespace Conpot.Pi.Tests.Hosting.Control;

/// <summary>The socket in the file system: whose it is, what it may replace, and how a client finds it.</summary>
public sealed class ControlSocketTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    [Fact]
    public void Only_owner_and_group_may_use_it_and_a_directory_made_for_it()
    {
        var path = _temp["run/control"];
        using var socket = ControlSocket.Listen(path);
        const UnixFileMode both = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        Assert.Equal(both, new FileInfo(path).UnixFileMode);
        Assert.Equal(UnixFileMode.None, new DirectoryInfo(_temp["run"]).UnixFileMode & (UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute));
    }

    [Fact]
    public void A_dead_sensors_socket_is_replaced()
    {
        var path = _temp["control.sock"];
        Dead(path);
        ControlSocket.Listen(path).Dispose();
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void A_living_sensors_socket_stays_with_a_remedy_for_the_other()
    {
        var path = _temp["control.sock"];
        using var first = ControlSocket.Listen(path);
        var e = Assert.Throws<ControlException>(() => ControlSocket.Listen(path));
        Assert.Equal($"another conpot-pi has the control socket {path}; stop it, or give this one a state_directory (or [control] socket) of its own", e.Message);
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        client.Connect(new UnixDomainSocketEndPoint(path));
    }

    [Fact]
    public void A_sensor_that_does_not_accept_any_more_is_living_too()
    {
        var path = _temp["control.sock"];
        using var first = ControlSocket.Listen(path);
        var waiting = new List<Socket>();
        try
        {
            for (var full = false; !full;)
            {
                waiting.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false });
                try
                {
                    waiting[^1].Connect(new UnixDomainSocketEndPoint(path));
                }
                catch (SocketException)
                {
                    full = true;
                }
            }
            Assert.Throws<ControlException>(() => ControlSocket.Listen(path));
        }
        finally
        {
            foreach (var socket in waiting) socket.Dispose();
        }
    }

    [Fact]
    public void A_file_of_somebody_elses_is_not_touched()
    {
        var path = _temp["passwords"];
        File.WriteAllText(path, "precious");
        var e = Assert.Throws<IOException>(() => ControlSocket.Listen(path));
        Assert.Contains("a file that is no socket has its name", e.Message, StringComparison.Ordinal);
        File.CreateSymbolicLink(_temp["link"], path);
        Assert.Throws<IOException>(() => ControlSocket.Listen(_temp["link"]));
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Fact]
    public void Without_a_sensor_a_client_is_told_where_it_looked_and_what_to_do()
    {
        var path = _temp["control.sock"];
        foreach (var dead in new[] { false, true })
        {
            if (dead) Dead(path);
            Assert.Null(ControlClient.TryConnect(new ControlSettings(true, path, null)));
            var e = Assert.Throws<ControlException>(() => ControlClient.Connect(new ControlSettings(true, path, null)));
            Assert.Equal($"no sensor is running with this configuration (nobody answers at {path}); start it ('sudo systemctl start conpot-pi'), or name its settings with -c FILE", e.Message);
        }
    }

    [Fact]
    public void A_client_asks_reads_and_passes_a_refusal_on()
    {
        using var rig = new ControlRig();
        using (var client = ControlClient.Connect(rig.Settings))
        using (var reply = client.Ask("ping", json => json.WriteString("text", "ünïcode \n \" \u202e")))
            Assert.Equal("ünïcode \n \" \u202e", reply.RootElement.GetProperty("pong").GetString());
        using (var client = ControlClient.Connect(rig.Settings with { Socket = _temp["nothing"], Elsewhere = rig.Path }))
        {
            var e = Assert.Throws<ControlException>(() => client.Ask("pong"));
            Assert.Equal("the sensor refuses: this sensor has no such verb; it has ping, broken, count", e.Message);
        }
        using (var client = ControlClient.Connect(rig.Settings))
            Assert.Contains("without an answer", Assert.Throws<ControlException>(() => client.Ask("broken")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "/state/control.sock", "/run/conpot-pi/control")]
    [InlineData("state_directory = \"/state\"", "/state/control.sock", null)]
    [InlineData("[control]\nsocket = \"/run/mine\"", "/run/mine", null)]
    [InlineData("state_directory = \"/state\"\n[control]\nsocket = \"/run/mine\"", "/run/mine", null)]
    public void The_settings_say_where(string toml, string socket, string? elsewhere)
    {
        var errors = new ConfigErrors();
        var settings = ControlSettings.Read(ConfigFile.Parse("c.toml", System.Text.Encoding.UTF8.GetBytes(toml), errors).Root, "/state");
        Assert.Equal(new ControlSettings(true, socket, elsewhere), settings);
        Assert.False(errors.Any);
    }

    [Theory]
    [InlineData("[control]\nsocket = \"run/mine\"", "c.toml:2:10: 'socket' in [control] is \"run/mine\"; write an absolute path, such as \"/run/conpot-pi/control\"")]
    [InlineData("[control]\nsocket = \"/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/0123456789/01234567\"", "longer than the 107 bytes that Linux allows")]
    [InlineData("[control]\nenabled = 1", "c.toml:2:11: 'enabled'")]
    public void Mistakes_in_the_settings_have_a_place(string toml, string words)
    {
        var errors = new ConfigErrors();
        _ = ControlSettings.Read(ConfigFile.Parse("c.toml", System.Text.Encoding.UTF8.GetBytes(toml), errors).Root, "/state");
        Assert.Contains(words, Assert.Single(errors.InOrder).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_client_finds_the_socket_even_of_a_file_with_other_mistakes()
    {
        File.WriteAllText(_temp["c.toml"], $"state_directory = \"{_temp.Path}\"\nprot = 1\n[mqtt]\npassword_file = \"/root/secret\"\n");
        var errors = new ConfigErrors();
        Assert.Equal(_temp["control.sock"], ControlSettings.Find(new ConfigSource(_temp["c.toml"], []), errors)?.Socket);
        Assert.False(errors.Any);
        Assert.Equal("/x/y", ControlSettings.Find(new ConfigSource(_temp["c.toml"], ["control.socket=/x/y"]), errors)?.Socket);
        Assert.Null(ControlSettings.Find(new ConfigSource(_temp["none.toml"], []), errors));
        Assert.True(errors.Any);
    }

    public void Dispose() => _temp.Dispose();

    /// <summary>What a sensor leaves behind that was killed.</summary>
    private void Dead(string path)
    {
        // The class library removes the file of the name it was bound to; under another name the socket stays without anybody behind it.
        using (var socket = ControlSocket.Listen(_temp["before"])) File.Move(_temp["before"], path);
        Assert.True(File.Exists(path));
    }
}
