# Listens where systemd would: prints a line for each message. Ends when its standard input does.
#
#   perl notify-socket.pl <path, or a name that begins with @>
#
# Perl, because Node has no sockets of this kind, and every Debian has perl-base.
use strict;
use warnings;
use Socket;

my ($name) = @ARGV;
(my $address = $name) =~ s/^@/\0/;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "Cannot make a socket: $!\n";
bind($socket, pack_sockaddr_un($address)) or die "Cannot bind $name: $!\n";
$| = 1;
print "bound\n";

my $wanted = '';
vec($wanted, fileno(STDIN), 1) = 1;
vec($wanted, fileno($socket), 1) = 1;
while (select(my $ready = $wanted, undef, undef, undef) > 0) {
    if (vec($ready, fileno($socket), 1)) {
        # Without room for them the kernel closes the descriptors that come along: that is what a sender waits for.
        recv($socket, my $message, 8192, 0) // die "Cannot receive: $!\n";
        $message =~ s/\n/ /g;
        print "$message\n";
    }
    last if vec($ready, fileno(STDIN), 1) && !sysread(STDIN, my $ignored, 100);
}
