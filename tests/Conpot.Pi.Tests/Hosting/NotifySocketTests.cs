using System.Net.Sockets;
using System.Text;
using Conpot.Pi.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>Words to a systemd that does not take them just now.</summary>
public sealed class NotifySocketTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly Socket _systemd = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    [Fact]
    public void A_word_is_sent_as_it_is()
    {
        if (OperatingSystem.IsWindows()) return;
        _systemd.Bind(new UnixDomainSocketEndPoint(_temp["notify"]));
        using var notifier = new NotifySocket(_temp["notify"]);
        foreach (var word in (ServiceState[])[new("STATUS=well"), ServiceState.Ready, ServiceState.Stopping])
        {
            notifier.Notify(word);
            Assert.Equal(word.ToString(), Heard());
        }
    }

    [Fact]
    public void Ready_that_nobody_heard_goes_with_the_next_words_until_one_is_heard()
    {
        if (OperatingSystem.IsWindows()) return;
        using var notifier = new NotifySocket(_temp["notify"]);
        foreach (var word in (ServiceState[])[ServiceState.Ready, new("STATUS=well")]) notifier.Notify(word);
        _systemd.Bind(new UnixDomainSocketEndPoint(_temp["notify"]));
        foreach (var word in (ServiceState[])[new("STATUS=better"), new("WATCHDOG=1")]) notifier.Notify(word);
        Assert.Equal("READY=1\nSTATUS=better", Heard());
        Assert.Equal("WATCHDOG=1", Heard());
    }

    [Fact]
    public void Ready_that_found_the_queue_full_goes_with_the_next_word()
    {
        if (OperatingSystem.IsWindows()) return;
        var address = new UnixDomainSocketEndPoint(_temp["notify"]);
        _systemd.Bind(address);
        using var filler = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        var waiting = 0;
        Assert.Throws<SocketException>(() =>
        {
            for (; waiting < 100_000; waiting++) filler.SendTo("X=1"u8, address);
        });
        using var notifier = new NotifySocket(_temp["notify"]);
        notifier.Notify(ServiceState.Ready);
        for (; waiting > 0; waiting--) Assert.Equal("X=1", Heard());
        notifier.Notify(new ServiceState("STATUS=well"));
        Assert.Equal("READY=1\nSTATUS=well", Heard());
    }

    public void Dispose()
    {
        _systemd.Dispose();
        _temp.Dispose();
    }

    private string Heard()
    {
        var word = new byte[256];
        _systemd.ReceiveTimeout = 10_000; // for a test that fails
        return Encoding.UTF8.GetString(word, 0, _systemd.Receive(word));
    }
}
